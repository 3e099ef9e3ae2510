-- KEYS stream, epoch, idempotency, guards, floor, parts of the entries
-- ARGV epoch, capacity, capacity in bytes, channel, the newest position that the caller knows of, transaction there or '', number of entries,
--      resolved floor that the caller knows of or ''; then for each
--      c, transaction at c, w, transaction at w or '' when that is known to be c's, key or '', body hash, id, entry, its bytes with its parts,
--      share of the capacity that it may fill, number of parts, of guards read, of guards written, these guards
local epoch, count, answers = ARGV[1], tonumber(ARGV[7]), {}
local function rest(from, answer)
  for i = from, count do answers[i] = {answer} end
  return answers
end
if redis.call('GET', KEYS[2]) ~= epoch then return rest(1, 'not_this_stream') end
local function all(list, run)
  for i = 1, #list, 1000 do run(i, math.min(i + 999, #list)) end
end

local entries, wanted, guards = {}, {}, {}
local argument, part = 9, 6
for i = 1, count do
  local e = {at = argument, part = part, parts = tonumber(ARGV[argument + 10]), reads = tonumber(ARGV[argument + 11]), writes = tonumber(ARGV[argument + 12])}
  entries[i] = e
  argument, part = argument + 13 + e.reads + e.writes, part + e.parts
  if ARGV[e.at + 4] ~= '' then wanted[#wanted + 1] = ARGV[e.at + 4] end
  for g = e.at + 13, e.at + 12 + e.reads do guards[#guards + 1] = ARGV[g] end
end
local known, moved = {}, {}
all(wanted, function(from, to)
  for i, value in ipairs(redis.call('HMGET', KEYS[3], unpack(wanted, from, to))) do known[wanted[from + i - 1]] = value end
end)
all(guards, function(from, to)
  for i, value in ipairs(redis.call('HMGET', KEYS[4], unpack(guards, from, to))) do moved[guards[from + i - 1]] = tonumber(value or '0') end
end)

local floor = redis.call('HMGET', KEYS[5], 'newest', 'trimmed', 'applied', 'applied_bytes', 'trimmed_bytes', 'bytes', 'resolved_floor')
-- An operator has decided about transactions that the callers' rows are made of.
if (floor[7] or '') ~= ARGV[8] then return rest(1, 'decide_again') end
local last, newest = 0, ''
local function find_last()
  last, newest = 0, ''
  local info = redis.call('XINFO', 'STREAM', KEYS[1])
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then last = tonumber(string.match(info[i + 1], '^%d+')) end
  end
end
local exists = redis.call('EXISTS', KEYS[1]) == 1
if exists and floor[1] then
  last, newest = string.match(floor[1], '^(%d+) (%S+)')
  last = tonumber(last)
elseif exists then
  find_last()
end
local trimmed, applied, bytes = tonumber(floor[2] or '0'), tonumber(floor[3] or '0'), tonumber(floor[6] or '0')
local applied_bytes = math.max(tonumber(floor[4] or '0'), tonumber(floor[5] or '0'))
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

if tonumber(ARGV[5]) > last and exists then find_last() end
if tonumber(ARGV[5]) > last or not names(ARGV[5], ARGV[6]) then return rest(1, 'not_this_stream') end

local new_keys, new_guards, call = {}, {}, false
local function append(e)
  local c, w, key, id = tonumber(ARGV[e.at]), tonumber(ARGV[e.at + 2]), ARGV[e.at + 4], ARGV[e.at + 6]
  if known[key] then
    local position, hash, holder = string.match(known[key], '^(%d+) (%S+) (%S+)')
    local entry = at(position)
    -- A key whose entry Redis has lost is not known: the request was lost with it.
    if entry and entry.id == holder then return {'key_known', position, hash} end
  end
  if exists and (c > last or w > last) then find_last() end
  if w > last or c > last then return {'not_this_stream'} end
  if not names(ARGV[e.at], ARGV[e.at + 1]) or not names(ARGV[e.at + 2], ARGV[e.at + 3]) then return {'not_this_stream'} end
  if w < trimmed then return {'decide_again'} end
  for g = e.at + 13, e.at + 12 + e.reads do
    local position = moved[ARGV[g]]
    if position > c and position <= last then return {'decide_again'} end
  end
  local done, done_bytes = applied, applied_bytes
  if w > applied then
    -- The hint is late; the entry counts its bytes itself.
    local entry = at(ARGV[e.at + 2])
    done, done_bytes = w, math.max(applied_bytes, tonumber(entry and entry.bytes or '0') or 0)
  end
  for i = e.part, e.part + e.parts - 1 do
    if redis.call('EXISTS', KEYS[i]) == 0 then return {'parts_missing'} end
  end
  local total = bytes + tonumber(ARGV[e.at + 8])
  local fill = math.max((last + 1 - math.min(done, last)) / tonumber(ARGV[2]), (total - done_bytes) / tonumber(ARGV[3]))
  if fill > 1 then return {'full'} end
  if fill > tonumber(ARGV[e.at + 9]) then return {'nearly_full'} end
  local position, counted = string.format('%.0f', last + 1), string.format('%.0f', total)
  local field, content = 't', ARGV[e.at + 7]
  if e.parts > 0 then field, content = 'parts', tostring(e.parts) end
  local added = redis.pcall('XADD', KEYS[1], position .. '-0', 'id', id, 'b', counted, field, content)
  if added['err'] then return added end
  for i = e.part, e.part + e.parts - 1 do redis.call('PERSIST', KEYS[i]) end
  -- Whoever applies looks again before it rests.
  call = call or done >= last
  exists, last, newest, bytes = true, last + 1, id, total
  found[position] = {id = id, bytes = counted}
  for g = e.at + 13 + e.reads, e.at + 12 + e.reads + e.writes do
    moved[ARGV[g]] = last
    new_guards[#new_guards + 1] = ARGV[g]
    new_guards[#new_guards + 1] = position
  end
  if key ~= '' then
    known[key] = position .. ' ' .. ARGV[e.at + 5] .. ' ' .. id .. ' ' .. epoch
    new_keys[#new_keys + 1] = key
    new_keys[#new_keys + 1] = known[key]
  end
  return {'appended', position}
end

local stored = 0
for i = 1, count do
  answers[i] = append(entries[i])
  if answers[i]['err'] then
    local conflict = string.find(answers[i]['err'], 'equal or smaller', 1, true)
    if stored == 0 and not conflict then return answers[i] end
    -- Something else has written to the stream: the stream knows its newest entry.
    if conflict then newest = '' end
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
  if call then redis.call('PUBLISH', ARGV[4], string.format('%.0f', last)) end
end
return answers
