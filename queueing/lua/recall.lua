--[[
The officer rings again: the same call, a new deadline to confirm.

KEYS[1]  meta
ARGV     1 ticket  2 officer  3 call number  4 spacing (ms)  5 time to confirm (ms)
Returns  {ok|already, ticket} {gone} {stale} {owner} {state, ticket} {late}
]]
local id, officer, call = ARGV[1], ARGV[2], ARGV[3]

local ticket = load(id)
if not ticket then return { 'gone' } end
if ticket.call ~= call then return { 'stale' } end
if not may(ticket, 'recall') then return { 'state', flat(ticket) } end
if ticket.off ~= officer then return { 'owner' } end
if NOW >= tonumber(ticket.dl) then return { 'late' } end
if NOW < ticket.rung + ARGV[4] then return { 'already', flat(ticket) } end

ticket.rung = int(NOW)
set_deadline(ticket, from_slot_start(ticket) + ARGV[5])
return { 'ok', apply(ticket, 'recall', 'officer') }
