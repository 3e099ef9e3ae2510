return redis.call('SETNX', KEYS[2], ARGV[1])
