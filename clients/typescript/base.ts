// Put in front of the generated client, which derives from it.

/** Gives every write a key, by which the API knows a repetition; a key of the caller's own stays. */
class OpsDbClientBase {
    protected transformOptions(options: RequestInit): Promise<RequestInit> {
        const headers = new Headers(options.headers);
        if (options.method !== "GET" && !headers.has("Idempotency-Key")) {
            headers.set("Idempotency-Key", crypto.randomUUID());
        }
        return Promise.resolve({ ...options, headers });
    }
}
