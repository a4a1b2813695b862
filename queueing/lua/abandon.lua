--[[
The officer gives up a call that nobody confirmed; not before the booked slot starts.

KEYS[1]  meta
ARGV     1 time to reactivate (ms)  2 most reactivations
  item   ticket  officer  call number
Answer   {ok|already, ticket} {gone} {stale} {owner} {state, ticket} {early}
]]
local activation_ms, reactivations_max

for_items {
  name = 'abandon',
  common = 2,
  width = 3,
  prepare = function() activation_ms, reactivations_max = ARGV[1], tonumber(ARGV[2]) end,
  reads = first_names_ticket,
  make = function(id, officer, call)
    local ticket = load(id)
    if not ticket then return { 'gone' } end
    if ticket.abn == call then return { 'already', flat(ticket) } end
    if ticket.call ~= call then return { 'stale' } end
    if not may(ticket, 'abandon') then return { 'state', flat(ticket) } end
    if ticket.off ~= officer then return { 'owner' } end
    if NOW < (tonumber(ticket.nb) or 0) then return { 'early' } end
    return { 'ok', give_up(ticket, 'officer', activation_ms, reactivations_max) }
  end,
}
