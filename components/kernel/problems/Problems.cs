using static OpsDb.Kernel.ProblemKind;

namespace OpsDb.Kernel;

/// <summary>The kinds of problem that belong to no component alone; see <see cref="ProblemSet"/>.</summary>
public static class Problems
{
    public static readonly Problem MalformedBody = new("malformed-body", Malformed, "The body cannot be read",
        "Correct the JSON as the detail says and send it again.");
    public static readonly Problem MalformedParameter = new("malformed-parameter", Malformed, "A parameter is wrong",
        "Correct the parameters named in errors; the resource's documentation lists the ones it knows.");
    public static readonly Problem MalformedHeader = new("malformed-header", Malformed, "A header is wrong", "Correct the header named in the detail.");
    public static readonly Problem BodyTooLarge = new("body-too-large", TooLarge, "The body is too large", "Send less at once; the limit is in the detail.");
    public static readonly Problem MediaType = new("unsupported-media-type", UnsupportedMediaType, "The content type is not understood",
        "Send the content type that the detail names.");

    public static readonly Problem TokenMissing = new("token-missing", Unauthenticated, "A token is needed",
        "Send the header Authorization: Bearer <token>, or sign in.");
    public static readonly Problem TokenMalformed = new("token-malformed", Unauthenticated, "The token is mistyped or truncated",
        "Copy the whole token again; its checksum does not match what arrived.");
    public static readonly Problem TokenUnknown = new("token-unknown", Unauthenticated, "The token is not known",
        "Ask an administrator for a token of this installation.");
    public static readonly Problem TokenExpired = new("token-expired", Unauthenticated, "The token has expired", "Ask for a new token.");
    public static readonly Problem PermissionMissing = new("permission-missing", Forbidden, "The token does not permit this",
        "Ask for a token with the scope that the detail names.");

    public static readonly Problem ProgramReadOnly = new("program-read-only", Forbidden, "You may read this, not change it",
        "Ask a lead of the programme to make you a member of it; its members and its own fields only leads change.");

    public static readonly Problem AddressNotAllowed = new("address-not-allowed", Forbidden, "The token is not accepted from this address",
        "Use it from where it may be used, or ask for one that may be used here.");

    public static readonly Problem CsrfRefused = new("csrf-refused", Forbidden, "The request may come from a page elsewhere",
        "Send the csrf_token of GET /api/v1/session in the header X-CSRF-Token, from a page of this address or of CORS_ORIGINS.");

    public static readonly Problem NotFound = new("not-found", ProblemKind.NotFound, "There is no such resource", "Check the identifier and the address.");
    public static readonly Problem MethodNotAllowed = new("method-not-allowed", Malformed, "The resource does not know this method",
        "See the API document for the methods of this address.");

    public static readonly Problem StateConflict = new("state-conflict", Conflict, "The present state does not allow this",
        "Read the resource again; the detail names its state and the moves it allows.");
    public static readonly Problem AlreadyExists = new("already-exists", Conflict, "Something with this name or id exists already",
        "Choose another name, or use what exists.");
    public static readonly Problem StillReferenced = new("still-referenced", Conflict, "Other rows refer to this one",
        "Change or delete the rows that refer to it first; the detail says of which kind they are.");
    public static readonly Problem ConcurrentChange = new("concurrent-change", Conflict, "Others kept changing the same rows",
        "Read the resource again and repeat the request.");
    public static readonly Problem VersionMismatch = new("version-mismatch", ProblemKind.VersionMismatch, "The resource has changed since it was read",
        "Read it again and repeat the change with its present ETag.");
    public static readonly Problem VersionRequired = new("version-required", ProblemKind.VersionRequired, "If-Match is needed",
        "Read the resource and send its ETag in If-Match.");

    public static readonly Problem InvalidFields = new("invalid-fields", Rule, "A field's value is not acceptable", "Correct the fields named in errors.");
    public static readonly Problem ReferenceUnknown = new("reference-unknown", Rule, "A row that is referred to does not exist", "Refer to an existing row.");

    public static readonly Problem TooManyRequests = new("too-many-requests", TooMany, "One caller sends more than a process takes",
        "Wait as long as Retry-After says, and send fewer requests, fewer at once, or less data a second; look whether the token is right.");
    public static readonly Problem MainUnreachable = new("main-unreachable", Unavailable, "The main site cannot be reached",
        "This kind of change needs the main site; repeat it when the link is back.");
    public static readonly Problem LocalUnreachable = new("local-database-unreachable", Unavailable, "The site's database cannot be reached",
        "Repeat the request; if this goes on, tell the operators.");
    public static readonly Problem SiteMemoryUnreachable = new("site-memory-unreachable", Unavailable, "What the site remembers for a while cannot be reached",
        "Repeat the request; if this goes on, tell the operators.");
    public static readonly Problem InternalError = new("internal-error", Internal, "OpsDb has failed", "Report the trace_id to the operators.");
}
