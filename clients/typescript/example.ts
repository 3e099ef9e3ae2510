import { OpsDbClient, OpsDbException, type Execution, type Problem } from "./generated/opsdb.js";

/** A client that sends a token. */
export function connect(site: string, token: string): OpsDbClient {
    return new OpsDbClient(site, {
        fetch: (url: RequestInfo, init?: RequestInit) => {
            const headers = new Headers(init?.headers);
            headers.set("Authorization", `Bearer ${token}`);
            return fetch(url, { ...init, headers });
        },
    });
}

/** What the API says is wrong, when that is why something failed. */
export function problemOf(error: unknown): Problem | undefined {
    return OpsDbException.isOpsDbException(error) ? (error.result as Problem) : undefined;
}

/** Records that a unit was observed, and clears the remark that the start made. */
export async function observe(site: OpsDbClient, unit: number): Promise<Execution> {
    const started = await site.startExecution(undefined, "wait=5", undefined, { obs_unit_id: unit, comment: "begun" });
    const finished = await site.finishExecution(started.result.id, undefined, undefined, undefined, undefined, { status: "completed", quality: "good" });
    const corrected = await site.changeExecution(finished.result.id, undefined, undefined, finished.headers["etag"] ?? "", undefined, { comment: null });
    return corrected.result;
}
