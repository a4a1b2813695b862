--[[
The taxpayer joins the call.

KEYS[1]  meta
ARGV     1 ticket  2 call number
Returns  {ok|already, ticket} {gone} {stale} {late} {state, ticket}
]]
local id, call = ARGV[1], ARGV[2]

local ticket = load(id)
if not ticket then return { 'gone' } end
if ticket.call ~= call then return { 'stale' } end
if ticket.con ~= '' then return { 'already', flat(ticket) } end
-- The same answer just before and just after the timer has run.
if ticket.st == 'abandoned' and ticket.by == 'deadline' then return { 'late' } end
if not may(ticket, 'confirm') then return { 'state', flat(ticket) } end
if NOW >= tonumber(ticket.dl) then return { 'late' } end

clear_deadline(ticket)
ticket.con = int(NOW)
return { 'ok', apply(ticket, 'confirm', 'taxpayer') }
