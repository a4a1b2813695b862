--[[
How a file offers its function. `flags` are Redis': those that serve and end tickets have to work at the memory limit,
when new tickets are refused.
]]
local AT_MEMORY_LIMIT_TOO, UNDER_MEMORY_LIMIT = { 'allow-oom' }, {}

local function offer(name, flags, run)
  redis.register_function { function_name = NAMED .. name, flags = flags, callback = run }
end

-- A function for a hall as a whole.
local function for_hall(name, run)
  offer(name, AT_MEMORY_LIMIT_TOO, function(keys, args)
    if read_hall(keys, args) then return { 'frozen' } end
    forget(true)
    local answer = run()
    write()
    return answer
  end)
end

-- A function for building a hall anew, which is frozen meanwhile.
local function for_builder(name, run)
  offer(name, AT_MEMORY_LIMIT_TOO, function(keys, args)
    read_hall(keys, args)
    forget(true)
    local answer = run()
    write()
    return answer
  end)
end

--[[
A function for a step of tickets.
  common  how many arguments are the same for all items, and come first: `prepare`, if there is one, keeps them
  width   how many arguments an item has: `step` gets them, and gives the answer
  reads   if there is one, gives the key of a string that the item at an index of the arguments will read, so that all are read at once
]]
local function for_items(step)
  local common, width = step.common, step.width
  offer(step.name, step.flags or AT_MEMORY_LIMIT_TOO, function(keys, args)
    if read_hall(keys, args) then return { 'frozen' } end
    local answers, count, make = {}, #ARGV, step.make
    forget(count > common + width)
    if step.prepare then step.prepare() end
    if MANY and step.reads then
      local strings = {}
      for i = common + 1, count, width do strings[#strings + 1] = step.reads(ARGV, i) end
      fetch(strings)
    end
    for i = common + 1, count, width do answers[#answers + 1] = make(unpack(ARGV, i, i + width - 1)) end
    if MANY then write() end
    return answers
  end)
end

-- What `reads` is for the steps whose first argument is the ticket.
local function first_names_ticket(args, i) return ticket_key(args[i]) end
