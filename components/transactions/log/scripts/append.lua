-- KEYS stream, epoch, idempotency, guards, floor, guard sets, parts of the entries
-- ARGV as HEAD names them; then for each entry as FIELD names them, and its guards: those read, then those written
local HEAD = {
  'epoch', 'capacity', 'capacity_bytes', 'channel',
  'known', 'at_known',  -- the newest position that the caller knows of, transaction there or ''
  'count', 'resolved',  -- number of entries; resolved floor that the caller knows of or ''
}
local FIELD = {
  'c', 'at_c',                -- position of the cut that it rests on, transaction there or ''
  'w', 'at_w',                -- watermark of the database that it rests on, transaction there or '' when that is known to be c's
  'key', 'hash', 'unasked',   -- idempotency key or ''; body hash; milliseconds in a key that was not looked up in the database, else ''
  'id', 'content', 'bytes',   -- transaction, entry, its bytes with its parts; with neither content nor parts it is only tried
  'share', 'parts', 'apart',  -- of the capacity that it may fill; number of parts; 1 when more guards, read and written, are in a set, see claim.lua
  'reads', 'writes',          -- numbers of guards
}
local function named(names, from)
  local of = {}
  for i, name in ipairs(names) do of[name] = ARGV[from + i - 1] end
  return of
end
local head = named(HEAD, 1)
local epoch, count, answers = head.epoch, tonumber(head.count), {}
local function rest(from, answer)
  for i = from, count do answers[i] = {answer} end
  return answers
end
if redis.call('GET', KEYS[2]) ~= epoch then return rest(1, 'not_this_stream') end
local function all(list, run)
  for i = 1, #list, 1000 do run(i, math.min(i + 999, #list)) end
end

local entries, wanted, guards = {}, {}, {}
local argument, part = #HEAD + 1, 7
for i = 1, count do
  local e = named(FIELD, argument)
  e.part, e.parts = part, tonumber(e.parts)
  e.read = argument + #FIELD
  e.written = e.read + tonumber(e.reads)
  e.last = e.written + tonumber(e.writes) - 1
  entries[i] = e
  argument, part = e.last + 1, part + e.parts
  if e.key ~= '' then wanted[#wanted + 1] = e.key end
  for g = e.read, e.written - 1 do guards[#guards + 1] = ARGV[g] end
end
local known, moved = {}, {}
all(wanted, function(from, to)
  for i, value in ipairs(redis.call('HMGET', KEYS[3], unpack(wanted, from, to))) do known[wanted[from + i - 1]] = value end
end)
all(guards, function(from, to)
  for i, value in ipairs(redis.call('HMGET', KEYS[4], unpack(guards, from, to))) do moved[guards[from + i - 1]] = tonumber(value or '0') end
end)

local FLOOR = {'newest', 'trimmed', 'applied', 'applied_bytes', 'trimmed_bytes', 'bytes', 'resolved_floor', 'keys_marked'}
local floor = {}
for i, value in ipairs(redis.call('HMGET', KEYS[5], unpack(FLOOR))) do floor[FLOOR[i]] = value end
-- An operator has decided about transactions that the callers' rows are made of.
if (floor.resolved_floor or '') ~= head.resolved then return rest(1, 'decide_again') end
local last, newest = 0, ''
local function find_last()
  last, newest = 0, ''
  local info = redis.call('XINFO', 'STREAM', KEYS[1])
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then last = tonumber(string.match(info[i + 1], '^%d+')) end
  end
end
local exists = redis.call('EXISTS', KEYS[1]) == 1
if exists and floor.newest then
  last, newest = string.match(floor.newest, '^(%d+) (%S+)')
  last = tonumber(last)
elseif exists then
  find_last()
end
local trimmed, applied, bytes = tonumber(floor.trimmed or '0'), tonumber(floor.applied or '0'), tonumber(floor.bytes or '0')
local applied_bytes = math.max(tonumber(floor.applied_bytes or '0'), tonumber(floor.trimmed_bytes or '0'))
local found = {}
local function at(position)
  if found[position] == nil then
    local entry = redis.call('XRANGE', KEYS[1], position .. '-0', position .. '-0')[1]
    found[position] = entry and {id = entry[2][2], bytes = entry[2][4]} or false
  end
  return found[position]
end
local function names(position, transaction)
  if position == '0' or transaction == '' then return true end
  if newest ~= '' and tonumber(position) == last then return newest == transaction end
  local entry = at(position)
  return not entry or entry.id == transaction
end

if tonumber(head.known) > last and exists then find_last() end
if tonumber(head.known) > last or not names(head.known, head.at_known) then return rest(1, 'not_this_stream') end

-- Whether a key that was not looked up may have left the log: its time is not beyond the newest that did, or that is not known.
local is_marked, marks = (floor.keys_marked or '') == (floor.trimmed or '0'), {}
local function may_have_left(e)
  if e.unasked == '' then return false end
  local user = string.match(e.key, '^([^\n]*)')
  marks[user] = marks[user] or tonumber(redis.call('HGET', KEYS[5], 'mark:' .. user) or '-1')
  return not is_marked or tonumber(e.unasked) <= marks[user]
end

-- Sets of guards: where their entries are, or nothing while these are still to come.
local sets = {}
local function set_of(id) return KEYS[6] .. ':' .. id end
local function load_sets()
  local from = math.huge
  for i = 1, count do from = math.min(from, tonumber(entries[i].c)) end
  local scored = redis.call('ZRANGE', KEYS[6], '(' .. string.format('%.0f', from), '+inf', 'BYSCORE', 'WITHSCORES')
  for i = 1, #scored, 2 do
    if redis.call('EXISTS', set_of(scored[i])) == 1 then
      sets[scored[i]] = {position = scored[i + 1] ~= 'inf' and tonumber(scored[i + 1]) or nil}
    else
      redis.call('ZREM', KEYS[6], scored[i])
    end
  end
end
load_sets()
-- Whether a set has one of an entry's guards: those from one argument up to another, and those of the entry's own set.
local function meet(id, e, from, to)
  for g = from, to do
    if redis.call('SISMEMBER', set_of(id), ARGV[g]) == 1 then return true end
  end
  return e.apart == '1' and redis.call('SINTERCARD', 2, set_of(e.id), set_of(id), 'LIMIT', 1) == 1
end
-- What an entry has moved no entry may rest on that is still to come.
local function move(e, position)
  if e.apart == '1' then
    redis.call('ZADD', KEYS[6], position, e.id)
    redis.call('PERSIST', set_of(e.id))
    sets[e.id].position = tonumber(position)
  end
  for id, set in pairs(sets) do
    if not set.position and meet(id, e, e.written, e.last) then
      redis.call('ZREM', KEYS[6], id)
      sets[id] = nil
    end
  end
end

local new_keys, new_guards, call = {}, {}, false
local function append(e)
  local c, w, key, id = tonumber(e.c), tonumber(e.w), e.key, e.id
  if known[key] then
    local position, hash, holder = string.match(known[key], '^(%d+) (%S+) (%S+)')
    local entry = at(position)
    -- A key whose entry Redis has lost is not known: the request was lost with it.
    if entry and entry.id == holder then return {'key_known', position, hash} end
    -- What was lost here may have been applied before.
    if e.unasked ~= '' then return {'decide_again'} end
  end
  if may_have_left(e) then return {'decide_again'} end
  if exists and (c > last or w > last) then find_last() end
  if w > last or c > last then return {'not_this_stream'} end
  if not names(e.c, e.at_c) or not names(e.w, e.at_w) then return {'not_this_stream'} end
  if w < trimmed then return {'decide_again'} end
  for g = e.read, e.written - 1 do
    local position = moved[ARGV[g]]
    if position > c and position <= last then return {'decide_again'} end
  end
  if e.apart == '1' and not sets[id] then return {'decide_again'} end
  for other, set in pairs(sets) do
    if set.position and set.position > c and set.position <= last and meet(other, e, e.read, e.written - 1) then return {'decide_again'} end
  end
  local done, done_bytes = applied, applied_bytes
  if w > applied then
    -- The hint is late; the entry counts its bytes itself.
    local entry = at(e.w)
    done, done_bytes = w, math.max(applied_bytes, tonumber(entry and entry.bytes or '0') or 0)
  end
  for i = e.part, e.part + e.parts - 1 do
    if redis.call('EXISTS', KEYS[i]) == 0 then return {'parts_missing'} end
  end
  local total = bytes + tonumber(e.bytes)
  local fill = math.max((last + 1 - math.min(done, last)) / tonumber(head.capacity), (total - done_bytes) / tonumber(head.capacity_bytes))
  if fill > 1 then return {'full'} end
  if fill > tonumber(e.share) then return {'nearly_full'} end
  local position, counted = string.format('%.0f', last + 1), string.format('%.0f', total)
  if e.parts == 0 and e.content == '' then return {'fits', position} end
  local field, content = 't', e.content
  if e.parts > 0 then field, content = 'parts', tostring(e.parts) end
  local added = redis.pcall('XADD', KEYS[1], position .. '-0', 'id', id, 'b', counted, field, content)
  if added['err'] then return added end
  for i = e.part, e.part + e.parts - 1 do redis.call('PERSIST', KEYS[i]) end
  -- Whoever applies looks again before it rests.
  call = call or done >= last
  exists, last, newest, bytes = true, last + 1, id, total
  found[position] = {id = id, bytes = counted}
  move(e, position)
  for g = e.written, e.last do
    moved[ARGV[g]] = last
    new_guards[#new_guards + 1] = ARGV[g]
    new_guards[#new_guards + 1] = position
  end
  if key ~= '' then
    known[key] = position .. ' ' .. e.hash .. ' ' .. id .. ' ' .. epoch
    new_keys[#new_keys + 1] = key
    new_keys[#new_keys + 1] = known[key]
  end
  return {'appended', position}
end

local stored = 0
for i = 1, count do
  answers[i] = append(entries[i])
  if answers[i]['err'] then
    local before, named = last, newest
    if exists then find_last() end
    local conflict = last > before
    if stored == 0 and not conflict then return answers[i] end
    -- Something else has written to the stream: the stream knows its newest entry.
    newest = conflict and '' or named
    rest(i, 'decide_again')
    break
  end
  if answers[i][1] == 'appended' then stored = stored + 1 end
end
if newest == '' then redis.call('HDEL', KEYS[5], 'newest') end
if stored > 0 then
  redis.call('HSET', KEYS[5], 'bytes', string.format('%.0f', bytes))
  if newest ~= '' then redis.call('HSET', KEYS[5], 'newest', string.format('%.0f', last) .. ' ' .. newest) end
  all(new_guards, function(from, to) redis.call('HSET', KEYS[4], unpack(new_guards, from, to)) end)
  all(new_keys, function(from, to) redis.call('HSET', KEYS[3], unpack(new_keys, from, to)) end)
  if call then redis.call('PUBLISH', head.channel, string.format('%.0f', last)) end
end
return answers
