--[[
The officer rings again: the same call, a new deadline to confirm.

KEYS[1]  meta
ARGV     1 spacing (ms)  2 time to confirm (ms)
  item   ticket  officer  call number
Answer   {ok|already, ticket} {gone} {stale} {owner} {state, ticket} {late}
]]
local spacing_ms, confirm_ms

for_items {
  name = 'recall',
  flags = UNDER_MEMORY_LIMIT,
  common = 2,
  width = 3,
  prepare = function() spacing_ms, confirm_ms = ARGV[1], ARGV[2] end,
  reads = first_names_ticket,
  make = function(id, officer, call)
    local ticket = load(id)
    if not ticket then return { 'gone' } end
    if ticket.call ~= call then return { 'stale' } end
    if not may(ticket, 'recall') then return { 'state', flat(ticket) } end
    if ticket.off ~= officer then return { 'owner' } end
    if NOW >= tonumber(ticket.dl) then return { 'late' } end
    if NOW < ticket.rung + spacing_ms then return { 'already', flat(ticket) } end

    ticket.rung = NOW_TEXT
    set_deadline(ticket, from_slot_start(ticket) + confirm_ms)
    return { 'ok', apply(ticket, 'recall', 'officer') }
  end,
}
