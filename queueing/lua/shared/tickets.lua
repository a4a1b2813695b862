--[[
Tickets, their places, and what several steps have in common.
]]
local function load(id)
  local ticket = TICKETS[id]
  if not ticket then
    local text = get(ticket_key(id))
    ticket = text and unpacked(id, text) or nil
    TICKETS[id] = ticket
  end
  return ticket
end

local function may(ticket, step) return NEXT_STATE[ticket.st .. ':' .. step] ~= nil end

local function own_place(ticket) return ticket.cls * CLASS_SPAN + ticket.arr * ARRIVAL_SPAN end

local function place(ticket) return ticket.pl ~= '' and ticket.pl or int(own_place(ticket)) end

-- Where a ticket stands, as the journal tells it to those who count places.
local function spot(ticket) return ticket.line .. ':' .. place(ticket) end

-- Deadlines are not counted from before a booked slot's start.
local function from_slot_start(ticket) return math.max(NOW, tonumber(ticket.nb) or 0) end

-- Its fields without its id, of the flat ticket.
local function stored(ticket, text) return string.sub(text, #ticket.id + 2) end

-- Makes the step of a ticket whose other fields were changed already, and writes one journal entry. `left`: the spot
-- that it leaves with this step, if it waited. Gives the ticket flat.
local function apply(ticket, step, cause, left, ttl)
  VERSION = VERSION + 1
  ticket.st, ticket.ver, ticket.by = NEXT_STATE[ticket.st .. ':' .. step], int(VERSION), cause
  local text = flat(ticket)
  set(ticket_key(ticket.id), stored(ticket, text), ttl)
  if ttl and ticket.bk ~= '' and step ~= 'cancel' then put('PEXPIRE', booking_key(ticket.bk), ttl) end
  enter(step .. '|' .. (left or '') .. '|' .. text)
  return text
end

local function set_deadline(ticket, at)
  ticket.dl = int(at)
  put('ZADD', DEADLINES, ticket.dl, ticket.id)
end

local function clear_deadline(ticket)
  if ticket.dl ~= '' then drop('ZREM', DEADLINES, ticket.id) end
  ticket.dl = ''
end

-- Out of its line, if it waits in one; the spot that it leaves then.
local function leave_line(ticket)
  if ticket.st ~= 'waiting' then return nil end
  local left = spot(ticket)
  quit(ticket.line, ticket.id)
  return left
end

local function put_on_hold(ticket)
  put('SADD', holds_key(ticket.off), ticket.id)
end

-- Out of the officer's hand, or from among what the officer put on hold.
local function let_go(ticket)
  if ticket.st == 'on_hold' then
    drop('SREM', holds_key(ticket.off), ticket.id)
  else
    empty_hand(ticket.off)
  end
end

-- The first gap behind `count` people, and behind those who were put in there before (only a class and an arrival
-- make a multiple of ARRIVAL_SPAN).
local function place_behind(line, count)
  settle(line)
  local place, rank = 0, 0
  while true do
    local next_one = redis.call('ZRANGE', line, rank, rank, 'WITHSCORES')
    if not next_one[1] then return place + 1 end
    local next_place = tonumber(next_one[2])
    if rank >= count and place + 1 < next_place and next_place % ARRIVAL_SPAN == 0 then return place + 1 end
    place, rank = next_place, rank + 1
  end
end

-- Puts a ticket that waits in no line into one, behind `count` people.
local function put_behind(ticket, count)
  ticket.pr, ticket.pl = '0', int(place_behind(line_key(ticket.line), count))
  join(ticket.line, ticket.pl, ticket.id)
end

-- Gives an unconfirmed call up; one that may not be taken back again lapses with the next look at the deadlines.
local function give_up(ticket, cause, activation_ms, reactivations_max)
  let_go(ticket)
  set_deadline(ticket, tonumber(ticket.rea) < reactivations_max and NOW + activation_ms or NOW)
  ticket.abn = ticket.call
  return apply(ticket, 'abandon', cause)
end

-- Puts a ticket that an officer has, in hand or on hold, back to the front of its line.
local function give_back(ticket, cause)
  let_go(ticket)
  clear_deadline(ticket)
  ticket.off, ticket.con, ticket.ret = '', '', ticket.call
  put_behind(ticket, 0)
  return apply(ticket, 'requeue', cause)
end

-- Everything that an officer has goes back; how many tickets that were.
local function give_all_back(officer, cause)
  settle(holds_key(officer))
  local tickets = redis.call('SMEMBERS', holds_key(officer))
  table.sort(tickets)
  -- The one in hand first, so that it is before the others in line.
  local held = in_hand(officer)
  if held then table.insert(tickets, 1, held) end
  for _, id in ipairs(tickets) do give_back(load(id), cause) end
  return #tickets
end

-- Gives a ticket that waits to an officer and remembers the request.
local function take(ticket, officer, request, confirm_ms, lease_ms)
  local left = leave_line(ticket)
  hand_to(officer, ticket.id)
  remember(request, ticket.id)
  renew_lease(officer, lease_ms)
  ticket.call, ticket.off, ticket.con, ticket.rung = int(ticket.call + 1), officer, '', NOW_TEXT
  if ticket.cal == '' then ticket.cal = ticket.rung end
  set_deadline(ticket, from_slot_start(ticket) + confirm_ms)
  return apply(ticket, 'call', 'officer', left)
end

-- The answer to a request that was answered before: its ticket as it is now, unless it was about another one than
-- `id`. nil for a new request.
local function answered(request, id)
  local before = remembered(request)
  if not before then return nil end
  if id and before ~= id then return { 'stale' } end
  local ticket = load(before)
  return ticket and { 'already', flat(ticket) } or { 'gone' }
end

-- The refusal that an officer already has a ticket in hand; nil when not.
local function busy(officer)
  local held = in_hand(officer)
  return held and { 'busy', flat(load(held)) } or nil
end
