--[[
The taxpayer takes an abandoned place back, behind the first few people of the line.

KEYS[1]  meta
ARGV     1 most reactivations  2 how many people stay ahead
  item   ticket  call number or ""
Answer   {ok|already, ticket} {gone} {stale} {state, ticket} {late} {spent} {closed}
]]
local reactivations_max, ahead

for_items {
  name = 'reactivate',
  common = 2,
  width = 2,
  prepare = function() reactivations_max, ahead = tonumber(ARGV[1]), tonumber(ARGV[2]) end,
  reads = first_names_ticket,
  make = function(id, call)
    local ticket = load(id)
    if not ticket then return { 'gone' } end
    if call == '' then
      if ticket.rec ~= '' and ticket.rec == ticket.abn and ticket.st ~= 'abandoned' and ticket.fin == '' then
        return { 'already', flat(ticket) }
      end
    elseif ticket.rec == call then
      return { 'already', flat(ticket) }
    elseif ticket.call ~= call then
      return { 'stale' }
    end
    -- The same answer just before and just after the timer has run.
    local spent = tonumber(ticket.rea) >= reactivations_max
    if ticket.st == 'lapsed' then return { spent and 'spent' or 'late' } end
    if not may(ticket, 'reactivate') then return { 'state', flat(ticket) } end
    if spent then return { 'spent' } end
    if NOW >= tonumber(ticket.dl) then return { 'late' } end
    if CLOSED then return { 'closed' } end

    clear_deadline(ticket)
    put_behind(ticket, ahead)
    ticket.off, ticket.rea, ticket.rec = '', int(ticket.rea + 1), ticket.call
    return { 'ok', apply(ticket, 'reactivate', 'taxpayer') }
  end,
}
