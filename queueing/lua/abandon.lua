--[[
The officer gives up a call that nobody confirmed; not before the booked slot starts.

KEYS[1]  meta
ARGV     1 ticket  2 officer  3 call number  4 time to reactivate (ms)  5 most reactivations
Returns  {ok|already, ticket} {gone} {stale} {owner} {state, ticket} {early}
]]
local id, officer, call = ARGV[1], ARGV[2], ARGV[3]

local ticket = load(id)
if not ticket then return { 'gone' } end
if ticket.abn == call then return { 'already', flat(ticket) } end
if ticket.call ~= call then return { 'stale' } end
if not may(ticket, 'abandon') then return { 'state', flat(ticket) } end
if ticket.off ~= officer then return { 'owner' } end
if NOW < (tonumber(ticket.nb) or 0) then return { 'early' } end
return { 'ok', give_up(ticket, 'officer', ARGV[4], tonumber(ARGV[5])) }
