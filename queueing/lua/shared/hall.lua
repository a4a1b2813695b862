--[[
What every function begins with. All files of this folder are one library, loaded once: whatever is local here is kept
from run to run, and `begin` makes it anew. In front of this file the loader puts, made from Python's own tables:
  NEXT_STATE  "<state>:<step>" -> the state after it ("" for a ticket that does not exist yet), from states.py
  unpacked(id, text), stored(ticket)  a ticket as a table of its fields, and as Redis holds it, from layout.py
  LAYOUT, CLASS_SPAN, ARRIVAL_SPAN  the version of that, and what a place is made of, from layout.py
  NAMED  what the names of the functions begin with, so that two versions of the library can be there at once
Behind it come store.lua, which reads and writes, tickets.lua and functions.lua; then the functions themselves, a file
each.

KEYS[1]  the hall's meta hash; all other names (see keys.py) are built from it and stay in its slot.
ARGV[1]  the newest version of the hall that the caller has seen; taken away here, so that a function's own begin at 1.

A step is made for any number of items, each of as many arguments, in their order and as if each were made alone; the
answer is an array of one answer an item. Every answer is an array that begins with a code: "ok", "already", "none"
(nothing to do), or a refusal ("gone", "stale", "owner", "state", "late", "early", "busy", "exists", "booking", "full",
"holds", "spent", "closed"). The other functions answer with one such array. A ticket is its id and its packed fields,
as in the journal.

A hall whose version is behind what somebody has seen has lost steps: it freezes itself, and every function answers
{"frozen"} until the hall was built anew from the records (freeze, wipe, restore, thaw).
]]
local ARGV, META, PREFIX, DEADLINES, OFFICERS, JOURNAL, LEASES, SERVED_LINES, TURNS
local NOW, NOW_TEXT, VERSION, ARRIVALS, FROZEN, CLOSED

-- tostring() would round large numbers to 14 digits.
local function int(number) return string.format('%.0f', number) end

local function name_keys(meta)
  if META == meta then return end
  META, PREFIX = meta, string.sub(meta, 1, -2)
  DEADLINES, OFFICERS, JOURNAL, TURNS = PREFIX .. 'd', PREFIX .. 'o', PREFIX .. 'j', PREFIX .. 'v'
  LEASES, SERVED_LINES = PREFIX .. 'l', PREFIX .. 's'
end

-- The hall as it is now; true when nothing may happen in it.
local function read_hall(keys, args)
  ARGV = args
  name_keys(keys[1])
  local clock = redis.call('TIME')
  NOW = clock[1] * 1000 + math.floor(clock[2] / 1000)
  NOW_TEXT = int(NOW)
  local hall = redis.call('HMGET', META, 'ver', 'frozen', 'closed', 'seq')
  VERSION, FROZEN, CLOSED, ARRIVALS = tonumber(hall[1]) or 0, hall[2], hall[3], tonumber(hall[4]) or 0
  local seen = tonumber(table.remove(ARGV, 1))
  if VERSION < seen and not FROZEN then
    FROZEN = 'behind:' .. int(seen)
    redis.call('HSET', META, 'frozen', FROZEN)
  end
  return FROZEN
end

local function ticket_key(id) return PREFIX .. 't:' .. id end

local function line_key(line) return PREFIX .. 'w:' .. line end

local function booking_key(booking) return PREFIX .. 'b:' .. booking end

local function holds_key(officer) return PREFIX .. 'h:' .. officer end

-- Whether this is the builder's turn to do what comes as the `number`th, or comes again: the hall is frozen by this
-- builder, by no other one that took over since, and has all that the builder did before. A Redis that lost its latest
-- steps on the way may still be frozen by the same builder; who went on then would leave out what was lost.
local function is_turn_of(builder, number)
  if not FROZEN or string.match(FROZEN, '^(.*):%d+$') ~= builder then return false end
  local done = tonumber(redis.call('HGET', META, 'built') or 0)
  if done ~= number and done ~= number - 1 then return false end
  redis.call('HSET', META, 'built', int(number))
  return true
end
