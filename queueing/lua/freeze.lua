--[[
Somebody begins to build the hall anew: nothing happens in it until thaw. Takes over from whoever began before.

KEYS[1]  meta
ARGV     1 who builds
Returns  {ok, newest version that anybody has seen, now (ms)}
]]
for_builder('freeze', function()
  local seen = math.max(VERSION, FROZEN and tonumber(string.match(FROZEN, ':(%d+)$')) or 0)
  redis.call('HSET', META, 'frozen', ARGV[1] .. ':' .. int(seen), 'built', '0')
  return { 'ok', int(seen), NOW_TEXT }
end)
