using OpsDb.Redis;

namespace OpsDb.Transactions;

/// <summary>What Redis does in one step for the log. The keys are those of <see cref="TransactionLog"/>, in its order.</summary>
internal static class LogScripts
{
    public static readonly RedisScript Append = new(
        """
        -- KEYS stream, epoch, idempotency, guards, floor, parts of the entry
        -- ARGV epoch, c, transaction at c, w, transaction at w or '' when that is known to be c's, key or '', body hash, id, entry, capacity, channel,
        --      bytes of the entry, capacity in bytes, share of both that it may fill, number of guards read, them, number of guards written, them
        local epoch, c, w, key = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[4]), ARGV[6]
        if redis.call('GET', KEYS[2]) ~= epoch then return {'not_this_stream'} end
        local function at(position)
          return redis.call('XRANGE', KEYS[1], position .. '-0', position .. '-0')[1]
        end
        if key ~= '' then
          local known = redis.call('HGET', KEYS[3], key)
          if known then
            local position, hash, id = string.match(known, '^(%d+) (%S+) (%S+)')
            local entry = at(position)
            -- A key whose entry Redis has lost is not known: the request was lost with it.
            if entry and entry[2][2] == id then return {'key_known', position, hash} end
          end
        end
        local floor = redis.call('HMGET', KEYS[5], 'newest', 'trimmed', 'applied', 'applied_bytes', 'trimmed_bytes', 'bytes')
        local last, newest = 0, ''
        if redis.call('EXISTS', KEYS[1]) == 1 then
          if floor[1] then
            last, newest = string.match(floor[1], '^(%d+) (%S+)')
            last = tonumber(last)
          end
          if not floor[1] or c > last or w > last then
            newest = ''
            local info = redis.call('XINFO', 'STREAM', KEYS[1])
            for i = 1, #info, 2 do
              if info[i] == 'last-generated-id' then last = tonumber(string.match(info[i + 1], '^%d+')) end
            end
          end
        end
        if w > last or c > last then return {'not_this_stream'} end
        local function names(position, transaction)
          if position == 0 or transaction == '' then return true end
          if position == last and newest ~= '' then return newest == transaction end
          local entry = at(ARGV[position == c and 2 or 4])
          return not entry or entry[2][2] == transaction
        end
        if not names(c, ARGV[3]) or not names(w, ARGV[5]) then return {'not_this_stream'} end
        if w < tonumber(floor[2] or '0') then return {'decide_again'} end
        local function each(from, count, run)
          for i = from, from + count - 1, 1000 do run(i, math.min(i + 999, from + count - 1)) end
        end
        local reads, moved = tonumber(ARGV[15]), false
        each(16, reads, function(from, to)
          for _, position in ipairs(redis.call('HMGET', KEYS[4], unpack(ARGV, from, to))) do
            if position and tonumber(position) > c and tonumber(position) <= last then moved = true end
          end
        end)
        if moved then return {'decide_again'} end
        local applied, applied_bytes = tonumber(floor[3] or '0'), math.max(tonumber(floor[4] or '0'), tonumber(floor[5] or '0'))
        if w > applied then
          -- The hint is late; the entry counts its bytes itself.
          local entry = at(ARGV[4])
          applied, applied_bytes = w, math.max(applied_bytes, tonumber(entry and entry[2][4] or '0') or 0)
        end
        for i = 6, #KEYS do
          if redis.call('EXISTS', KEYS[i]) == 0 then return {'parts_missing'} end
        end
        local bytes = tonumber(floor[6] or '0') + tonumber(ARGV[12])
        local fill = math.max((last + 1 - math.min(applied, last)) / tonumber(ARGV[10]), (bytes - applied_bytes) / tonumber(ARGV[13]))
        if fill > 1 then return {'full'} end
        if fill > tonumber(ARGV[14]) then return {'nearly_full'} end
        local position = string.format('%.0f', last + 1)
        local field, content = 't', ARGV[9]
        if #KEYS > 5 then field, content = 'parts', tostring(#KEYS - 5) end
        bytes = string.format('%.0f', bytes)
        local added = redis.pcall('XADD', KEYS[1], position .. '-0', 'id', ARGV[8], 'b', bytes, field, content)
        if added['err'] then
          if not string.find(added['err'], 'equal or smaller', 1, true) then return added end
          -- Something else has written to the stream: the stream knows its newest entry.
          redis.call('HDEL', KEYS[5], 'newest')
          return {'decide_again'}
        end
        for i = 6, #KEYS do redis.call('PERSIST', KEYS[i]) end
        redis.call('HSET', KEYS[5], 'bytes', bytes, 'newest', position .. ' ' .. ARGV[8])
        each(17 + reads, tonumber(ARGV[16 + reads]), function(from, to)
          local moves = {}
          for i = from, to do
            moves[#moves + 1] = ARGV[i]
            moves[#moves + 1] = position
          end
          redis.call('HSET', KEYS[4], unpack(moves))
        end)
        if key ~= '' then redis.call('HSET', KEYS[3], key, position .. ' ' .. ARGV[7] .. ' ' .. ARGV[8] .. ' ' .. epoch) end
        -- Whoever applies looks again before it rests.
        if applied >= last then redis.call('PUBLISH', ARGV[11], position) end
        return {'appended', position}
        """);

    public static readonly RedisScript Refresh = new(
        """
        -- KEYS as for append; ARGV from position, count, transaction at the position before or ''
        local last = '0'
        if redis.call('EXISTS', KEYS[1]) == 1 then
          local info = redis.call('XINFO', 'STREAM', KEYS[1])
          for i = 1, #info, 2 do
            if info[i] == 'last-generated-id' then last = string.match(info[i + 1], '^%d+') end
          end
        end
        local trimmed = redis.call('HGET', KEYS[5], 'trimmed') or '0'
        local lost = 0
        if ARGV[3] ~= '' then
          local position = tonumber(ARGV[1]) - 1
          local entry = redis.call('XRANGE', KEYS[1], string.format('%.0f-0', position), string.format('%.0f-0', position))[1]
          if position > tonumber(last) or (entry and entry[2][2] ~= ARGV[3]) or (not entry and position > tonumber(trimmed)) then lost = 1 end
        end
        return {redis.call('GET', KEYS[2]) or '', last, redis.call('HGET', KEYS[5], 'applied') or '0', redis.call('HGET', KEYS[5], 'processor') or '',
                redis.call('XRANGE', KEYS[1], ARGV[1] .. '-0', '+', 'COUNT', ARGV[2]),
                redis.call('HMGET', KEYS[5], 'bytes', 'applied_bytes', 'trimmed_bytes'),
                redis.call('HGET', KEYS[5], 'read_floor') or '', trimmed, redis.call('HGET', KEYS[5], 'changes') or '[]', lost, redis.call('HGET', KEYS[5], 'applied_wal') or ''}
        """);

    /// <summary>Only raises. An LSN has 64 bits, more than a number in Lua can tell apart, so its halves are compared.</summary>
    public static readonly RedisScript Raise = new(
        """
        -- KEYS floor; ARGV timeline and LSN
        local function parts(text)
          local timeline, high, low = string.match(text, '^(%d+) (%x+)/(%x+)$')
          if not timeline then return {0, 0, 0} end
          return {tonumber(timeline), tonumber(high, 16), tonumber(low, 16)}
        end
        local held = redis.call('HGET', KEYS[1], 'read_floor') or ''
        local before, after = parts(held), parts(ARGV[1])
        for i = 1, 3 do
          if after[i] < before[i] then return held end
          if after[i] > before[i] then
            redis.call('HSET', KEYS[1], 'read_floor', ARGV[1])
            return ARGV[1]
          end
        end
        return held
        """);

    public static readonly RedisScript Begin = new(
        """
        return redis.call('SETNX', KEYS[2], ARGV[1])
        """);

    public static readonly RedisScript Change = new(
        """
        -- KEYS as for append; ARGV epoch expected, position or -1, transaction there or '', new epoch, fork or -1 for the end, the change as JSON
        if (redis.call('GET', KEYS[2]) or '') ~= ARGV[1] then return 0 end
        local exists, last = redis.call('EXISTS', KEYS[1]) == 1, 0
        if exists then
          local info = redis.call('XINFO', 'STREAM', KEYS[1])
          for i = 1, #info, 2 do
            if info[i] == 'last-generated-id' then last = tonumber(string.match(info[i + 1], '^%d+')) end
          end
        end
        local function at(position)
          return redis.call('XRANGE', KEYS[1], string.format('%.0f-0', position), string.format('%.0f-0', position))[1]
        end
        local position = tonumber(ARGV[2])
        if position > 0 and position <= last then
          local entry = at(position)
          if entry and (ARGV[3] == '' or entry[2][2] == ARGV[3]) then return 0 end
          if not entry and position <= tonumber(redis.call('HGET', KEYS[5], 'trimmed') or '0') then return 0 end
        end
        local change = cjson.decode(ARGV[6])
        change['fork'] = math.min(last, tonumber(ARGV[5]))
        if change['fork'] < 0 then change['fork'] = last end
        local entry = at(change['fork'])
        change['fork_transaction'] = entry and entry[2][2] or cjson.null
        if not exists then
          redis.call('DEL', KEYS[3], KEYS[4])
          redis.call('HDEL', KEYS[5], 'newest', 'trimmed', 'trimmed_bytes', 'bytes', 'applied', 'applied_bytes')
        elseif tonumber(redis.call('HGET', KEYS[5], 'applied') or '0') > change['fork'] then
          redis.call('HSET', KEYS[5], 'applied', string.format('%.0f', change['fork']), 'applied_bytes', entry and entry[2][4] or redis.call('HGET', KEYS[5], 'trimmed_bytes') or '0')
        end
        local changes = cjson.decode(redis.call('HGET', KEYS[5], 'changes') or '[]')
        table.insert(changes, 1, change)
        while #changes > 8 do table.remove(changes) end
        redis.call('HSET', KEYS[5], 'changes', cjson.encode(changes))
        redis.call('SET', KEYS[2], ARGV[4])
        return 1
        """);

    public static readonly RedisScript Trim = new(
        """
        -- KEYS as for append, parts of the entries; ARGV epoch, up to, bytes up to there,
        --      twice the number of watermarks, each with its transaction, number of keys, them, number of guards, them
        if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
        local upto, at = tonumber(ARGV[2]), 5 + tonumber(ARGV[4])
        if upto <= tonumber(redis.call('HGET', KEYS[5], 'trimmed') or '0') then return 0 end
        for i = 5, at - 1, 2 do
          local entry = redis.call('XRANGE', KEYS[1], ARGV[i] .. '-0', ARGV[i] .. '-0')[1]
          if tonumber(ARGV[i]) < upto or not entry or entry[2][2] ~= ARGV[i + 1] then return 0 end
        end
        for _, hash in ipairs({KEYS[3], KEYS[4]}) do
          for i = at + 1, at + tonumber(ARGV[at]) do
            local value = redis.call('HGET', hash, ARGV[i])
            if value and tonumber(string.match(value, '^%d+')) <= upto then redis.call('HDEL', hash, ARGV[i]) end
          end
          at = at + 1 + tonumber(ARGV[at])
        end
        for i = 6, #KEYS do redis.call('UNLINK', KEYS[i]) end
        redis.call('HSET', KEYS[5], 'trimmed', ARGV[2], 'trimmed_bytes', ARGV[3])
        return redis.call('XTRIM', KEYS[1], 'MINID', string.format('%.0f-0', upto + 1))
        """);

    public static readonly RedisScript GiveLease = new("if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end return 0");

    public static readonly RedisScript Lease = new(
        """
        if redis.call('GET', KEYS[1]) == ARGV[1] then
          redis.call('PEXPIRE', KEYS[1], ARGV[2])
          return 1
        end
        return redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) and 1 or 0
        """);
}
