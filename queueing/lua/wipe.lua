--[[
Removes keys of a frozen hall, all but its meta hash and its keeper, some at a time.

KEYS[1]  meta
ARGV     1 who builds  2 cursor (0 to begin)  3 how many keys to look at
Returns  {ok, next cursor (0 at the end)} {lost} (somebody else builds now)
]]
if not is_built_by(ARGV[1]) then return { 'lost' } end
local found = redis.call('SCAN', ARGV[2], 'MATCH', PREFIX .. '*', 'COUNT', ARGV[3])
for _, key in ipairs(found[2]) do
  if key ~= META and key ~= PREFIX .. 'k' then redis.call('UNLINK', key) end
end
return { 'ok', found[1] }
