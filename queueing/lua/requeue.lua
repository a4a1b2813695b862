--[[
The officer gives a ticket back, from the hand or from hold: it is the first of its line again.

KEYS[1]  meta
ARGV     1 ticket  2 officer  3 call number
Returns  {ok|already, ticket} {gone} {stale} {owner} {state, ticket}
]]
local id, officer, call = ARGV[1], ARGV[2], ARGV[3]

local ticket = load(id)
if not ticket then return { 'gone' } end
if ticket.ret == call then return { 'already', flat(ticket) } end
if ticket.call ~= call then return { 'stale' } end
if not may(ticket, 'requeue') then return { 'state', flat(ticket) } end
if ticket.off ~= officer then return { 'owner' } end
return { 'ok', give_back(ticket, 'officer') }
