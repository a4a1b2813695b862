--[[
An officer is no longer at work; what the officer has goes back to its lines.

KEYS[1]  meta
ARGV     1 officer
Returns  {ok, how many tickets went back}
]]
redis.call('ZREM', LEASES, ARGV[1])
redis.call('HDEL', SERVED_LINES, ARGV[1])
return { 'ok', give_all_back(ARGV[1], 'officer') }
