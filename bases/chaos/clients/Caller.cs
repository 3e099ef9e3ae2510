using System.Buffers;
using System.Text;
using System.Text.Json;

namespace OpsDb.Chaos;

/// <summary>What became of one call.</summary>
/// <param name="Row">The first that it shows.</param>
/// <param name="Rows">All that a write shows.</param>
internal sealed record Called(Outcome Outcome, Reply Reply, AnswerRow? Row, IReadOnlyList<AnswerRow> Rows);

/// <summary>How a row is asked for.</summary>
/// <param name="TakesStale">An older state will do.</param>
/// <param name="IsHead">Its tag alone will do.</param>
/// <param name="Has">The row as the caller has it already; it wants another one.</param>
/// <param name="ETag">Of the row that it has.</param>
internal sealed record Reading(bool TakesStale = false, bool IsHead = false, AnswerRow? Has = null, string? ETag = null);

/// <summary>Calls one after the other in the name of a client, and notes each in the history.</summary>
internal sealed class Caller(string client, History history, RunClock clock, Tally tally)
{
    // Of longer lists the rows are noted without their fields, but for the last one, which tells where the list ends.
    private const int MaxWholeRows = 6;

    private readonly ArrayBufferWriter<byte> buffer = new(4096);

    public async Task<Called> WriteAsync(Api api, WriteRequest write, TimeSpan timeout)
    {
        using var message = write.Message();
        var invoke = clock.Now;
        var reply = await api.SendAsync(message, timeout);
        var outcome = Outcomes.Of(reply.Status, reply.Problem, mayBeAbsent: false);
        var rows = outcome == Outcome.Ok ? write.Shows(reply.Body) : [];
        Note(api, write.Operation, invoke, outcome, reply.Status, line =>
        {
            line.WriteString("key"u8, write.Key);
            Raw(line, "writes"u8, write.Writes);
            if (outcome != Outcome.Ok)
                return;
            line.WriteStartObject("answer"u8);
            line.WriteString("transaction"u8, reply.Transaction);
            // A write that changed nothing shows the row with the place of its newest change.
            if (rows is [{ Position: { } position } made, ..] && made.Transaction == reply.Transaction)
            {
                line.WriteNumber("position"u8, position);
                line.WriteString("epoch"u8, reply.Epoch);
            }
            if (reply.Replayed)
                line.WriteBoolean("replayed"u8, true);
            Rows(line, rows, isWhole: true);
            line.WriteEndObject();
        });
        return new(outcome, reply, rows.Count > 0 ? rows[0] : null, rows);
    }

    /// <param name="how">What it is asked with.</param>
    public async Task<Called> ReadAsync(Api api, Entity entity, string id, TimeSpan timeout, Reading? how = null)
    {
        var reading = how ?? new();
        using var message = new HttpRequestMessage(reading.IsHead ? HttpMethod.Head : HttpMethod.Get, $"{entity.Path}/{id.Trim('"')}");
        if (reading.TakesStale)
            message.Headers.TryAddWithoutValidation("Prefer", "stale");
        if (reading is { Has: not null, ETag: { } tag })
            message.Headers.TryAddWithoutValidation("If-None-Match", tag);
        var invoke = clock.Now;
        var reply = await api.SendAsync(message, timeout);
        var outcome = Outcomes.Of(reply.Status, reply.Problem, mayBeAbsent: true);
        var row = reply switch
        {
            { Status: 304 } => reading.Has,
            { IsOk: true } when reading.IsHead => reply.ETag is { } shows ? AnswerRow.OfTag(id, shows) : null,
            { IsOk: true } => AnswerRow.Read(reply.Body),
            _ => (AnswerRow?)null,
        };
        // A head without a tag that tells something is no answer about the row.
        if (reading.IsHead && reply.IsOk && row is null)
            outcome = Outcome.Unknown;
        Note(api, reading.IsHead ? "head" : reading.Has is null ? "read" : "poll", invoke, outcome, reply.Status, line =>
        {
            line.WriteStartObject("read"u8);
            line.WriteString("entity"u8, entity.Name);
            Raw(line, "id"u8, Encoding.UTF8.GetBytes(id));
            line.WriteEndObject();
            if (outcome == Outcome.Ok)
                Answer(line, reply.Stale, row is { } shown ? [shown] : [], isWhole: true);
        });
        return new(outcome, reply, row, []);
    }

    /// <returns>The rows, when all pages were answered.</returns>
    public async Task<IReadOnlyList<AnswerRow>?> ListAsync(Api api, ListRequest list, TimeSpan timeout)
    {
        var rows = new List<AnswerRow>();
        var (pages, isStale) = (0, false);
        string? next = null;
        long? total = null;
        Reply reply;
        var invoke = clock.Now;
        do
        {
            using var message = new HttpRequestMessage(HttpMethod.Get, $"{list.Entity.Path}{list.Query}{(next is null ? "" : $"&after={next}")}");
            reply = await api.SendAsync(message, timeout);
            if (!reply.IsOk)
                break;
            var page = AnswerRow.ReadPage(reply.Body);
            rows.AddRange(page.Rows);
            (next, total, isStale) = (page.Next, total ?? page.Total, isStale || reply.Stale);
            pages++;
        }
        while (next is not null && pages < list.Pages);

        var outcome = Outcomes.Of(reply.Status, reply.Problem, mayBeAbsent: false);
        Note(api, "list", invoke, outcome, reply.Status, line =>
        {
            Raw(line, "list"u8, list.List);
            if (outcome == Outcome.Ok)
                Answer(line, isStale, rows, rows.Count <= MaxWholeRows, l =>
                {
                    l.WriteNumber("pages"u8, pages);
                    l.WriteBoolean("more"u8, next is not null);
                    if (total is { } count && pages == 1)
                        l.WriteNumber("total"u8, count);
                });
        });
        return outcome == Outcome.Ok ? rows : null;
    }

    /// <summary>Asks how long the executions that were completed have lasted together.</summary>
    public async Task SumAsync(Api api, TimeSpan timeout)
    {
        using var message = new HttpRequestMessage(HttpMethod.Get, "/api/v1/programs/hours");
        var invoke = clock.Now;
        var reply = await api.SendAsync(message, timeout);
        var outcome = Outcomes.Of(reply.Status, reply.Problem, mayBeAbsent: false);
        Note(api, "hours", invoke, outcome, reply.Status, line =>
        {
            Raw(line, "sum"u8, """{"entity":"executions","from":"start_time","to":"end_time","filter":{"status":["completed"]}}"""u8);
            if (outcome != Outcome.Ok)
                return;
            if (reply.Stale)
                line.WriteBoolean("stale"u8, true);
            line.WriteStartObject("answer"u8);
            line.WriteNumber("seconds"u8, UsedHours(reply.Body) * TimeSpan.SecondsPerHour);
            line.WriteEndObject();
        });
    }

    /// <summary>Asks about transactions, or intervenes, and notes what was said of each.</summary>
    public async Task<Reply> AskAsync(Api api, Question question, TimeSpan timeout)
    {
        using var message = question.Message();
        var invoke = clock.Now;
        var reply = await api.SendAsync(message, timeout);
        var outcome = Outcomes.Of(reply.Status, reply.Problem, question.MayBeAbsent);
        Note(api, question.Operation, invoke, outcome, reply.Status, line =>
        {
            Raw(line, "ask"u8, Encoding.UTF8.GetBytes(question.Ask));
            if (outcome != Outcome.Ok)
                return;
            if (reply.Stale)
                line.WriteBoolean("stale"u8, true);
            line.WriteStartObject("answer"u8);
            question.NoteAnswer(line, reply);
            line.WriteEndObject();
        });
        return reply;
    }

    /// <summary>Notes rows that were there before the run.</summary>
    public void NotePreexisting(Api api, Entity entity, IReadOnlyList<AnswerRow> rows)
    {
        foreach (var row in rows)
        {
            Note(api, "given", clock.Now, Outcome.Ok, 200, line =>
            {
                Raw(line, "writes"u8, Encoding.UTF8.GetBytes($$"""[{"entity":"{{entity.Name}}","id":{{row.Id}},"action":"given"}]"""));
                line.WriteStartObject("answer"u8);
                Rows(line, [row], isWhole: true);
                line.WriteEndObject();
            });
        }
    }

    private void Note(Api api, string operation, long invoke, Outcome outcome, int status, Action<Utf8JsonWriter> rest)
    {
        buffer.ResetWrittenCount();
        using (var line = new Utf8JsonWriter(buffer, new() { SkipValidation = true }))
        {
            line.WriteStartObject();
            line.WriteString("client"u8, client);
            line.WriteString("process"u8, api.Process);
            line.WriteString("op"u8, operation);
            line.WriteNumber("invoke"u8, invoke);
            line.WriteString("outcome"u8, outcome.Text());
            line.WriteNumber("status"u8, status);
            rest(line);
            line.WriteEndObject();
        }
        tally.Add(operation, outcome, history.Write(buffer.WrittenSpan) - invoke);
    }

    /// <summary>Of whole programmes: their parts are in them.</summary>
    private static double UsedHours(ReadOnlyMemory<byte> body)
    {
        using var sums = JsonDocument.Parse(body);
        return sums.RootElement.GetProperty("items").EnumerateArray()
            .Where(p => p.GetProperty("sub_observing_program_id").ValueKind == JsonValueKind.Null)
            .Sum(p => p.GetProperty("used_hours").GetDouble());
    }

    private static void Answer(Utf8JsonWriter line, bool isStale, IReadOnlyList<AnswerRow> rows, bool isWhole, Action<Utf8JsonWriter>? more = null)
    {
        if (isStale)
            line.WriteBoolean("stale"u8, true);
        line.WriteStartObject("answer"u8);
        more?.Invoke(line);
        Rows(line, rows, isWhole);
        line.WriteEndObject();
    }

    private static void Rows(Utf8JsonWriter line, IReadOnlyList<AnswerRow> rows, bool isWhole)
    {
        line.WriteStartArray("rows"u8);
        for (var i = 0; i < rows.Count; i++)
        {
            var row = rows[i];
            line.WriteStartObject();
            Raw(line, "id"u8, Encoding.UTF8.GetBytes(row.Id));
            if (row.Version > 0)
                line.WriteNumber("version"u8, row.Version);
            if (row.Transaction is not null)
                line.WriteString("transaction"u8, row.Transaction);
            if (row.State is not null)
                line.WriteString("state"u8, row.State);
            if ((isWhole || i == rows.Count - 1) && !row.Json.IsEmpty)
                Raw(line, "fields"u8, row.Json.Span);
            line.WriteEndObject();
        }
        line.WriteEndArray();
    }

    private static void Raw(Utf8JsonWriter line, ReadOnlySpan<byte> name, ReadOnlySpan<byte> json)
    {
        line.WritePropertyName(name);
        line.WriteRawValue(json, skipInputValidation: true);
    }
}
