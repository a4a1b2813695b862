--[[
The taxpayer gives up a ticket that nobody holds; its booking may take another one.

KEYS[1]  meta
ARGV     1 ttl of an ended ticket (ms)
  item   ticket
Answer   {ok|already, ticket} {gone} {state, ticket}
]]
local ended_ttl_ms

for_items {
  name = 'cancel',
  common = 1,
  width = 1,
  prepare = function() ended_ttl_ms = ARGV[1] end,
  reads = first_names_ticket,
  make = function(id)
    local ticket = load(id)
    if not ticket then return { 'gone' } end
    if ticket.st == 'cancelled' then return { 'already', flat(ticket) } end
    if not may(ticket, 'cancel') then return { 'state', flat(ticket) } end

    local left = leave_line(ticket)
    clear_deadline(ticket)
    if ticket.bk ~= '' then delete(booking_key(ticket.bk)) end
    ticket.fin = NOW_TEXT
    return { 'ok', apply(ticket, 'cancel', 'taxpayer', left, ended_ttl_ms) }
  end,
}
