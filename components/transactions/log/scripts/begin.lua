local begun = redis.call('SETNX', KEYS[2], ARGV[1])
-- Nothing has left a log that begins.
if begun == 1 then redis.call('HSET', KEYS[5], 'keys_marked', '0') end
return begun
