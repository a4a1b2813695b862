--[[
The taxpayer takes an abandoned place back, behind the first few people of the line.

KEYS[1]  meta
ARGV     1 ticket  2 call number or ""  3 most reactivations  4 how many people stay ahead
Returns  {ok|already, ticket} {gone} {stale} {state, ticket} {late} {spent}
]]
local id, call, ahead = ARGV[1], ARGV[2], tonumber(ARGV[4])

-- The first gap behind `ahead` people, and behind those who were put in there before.
local function place_behind(line, count)
  local place, rank = 0, 0
  while true do
    local next_one = redis.call('ZRANGE', line, rank, rank, 'WITHSCORES')
    if not next_one[1] then return place + 1 end
    local next_place = tonumber(next_one[2])
    if rank >= count and place + 1 < next_place
      and redis.call('HGET', ticket_key(next_one[1]), 'pr') ~= '0' then
      return place + 1
    end
    place, rank = next_place, rank + 1
  end
end

local ticket = load(id)
if not ticket then return { 'gone' } end
if call == '' then
  if ticket.rec ~= '' and (ticket.st == 'waiting' or ticket.st == 'called' or ticket.st == 'serving') then
    return { 'already', flat(id) }
  end
elseif ticket.rec == call then
  return { 'already', flat(id) }
elseif ticket.call ~= call then
  return { 'stale' }
end
-- The same answer just before and just after the timer has run.
local spent = tonumber(ticket.rea) >= tonumber(ARGV[3])
if ticket.st == 'lapsed' then return { spent and 'spent' or 'late' } end
if not may(ticket, 'reactivate') then return { 'state', flat(id) } end
if spent then return { 'spent' } end
if NOW >= tonumber(ticket.dl) then return { 'late' } end

local line = line_key(ticket.line)
local place = place_behind(line, ahead)
-- Called and given up before the slot began: not the taxpayer's fault, so it is not counted.
local counted = NOW < (tonumber(ticket.nb) or 0) and 0 or 1
redis.call('ZREM', DEADLINES, id)
redis.call('ZADD', line, int(place), id)
return { 'ok', apply(id, ticket.st, 'reactivate', 'taxpayer', {
  'pr', '0', 'off', '', 'dl', '', 'rea', int(ticket.rea + counted), 'rec', ticket.call, 'sc', int(place),
}) }
