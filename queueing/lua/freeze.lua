--[[
Somebody begins to build the hall anew: nothing happens in it until thaw. Takes over from whoever began before.

KEYS[1]  meta
ARGV     1 who builds
Returns  {ok, newest version that anybody has seen, now (ms)}
]]
local seen = math.max(VERSION, HALL[2] and tonumber(string.match(HALL[2], ':(%d+)$')) or 0)
redis.call('HSET', META, 'frozen', ARGV[1] .. ':' .. int(seen))
return { 'ok', int(seen), int(NOW) }
