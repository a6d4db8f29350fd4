local gradcheck = require "spec.gradcheck"
local param = require "eimf.param"
local tensor = require "eimf.tensor"

local K, D = 3, 5

describe("eimf.ops.routing", function ()
  local t
  before_each(function () t = gradcheck.tape() end)

  local function random (...) return gradcheck.random({ ... }, select("#", ...) + select(1, ...)) end
  local function value (...) return t:constant(random(...)) end

  local function assert_near (want, got, tolerance)
    local a, b = gradcheck.flat(want), gradcheck.flat(got)
    assert.equal(#a, #b)
    for i, v in ipairs(a) do
      assert.is_true(math.abs(v - b[i]) <= (tolerance or 1e-5), ("element %d: %g and %g"):format(i, v, b[i]))
    end
  end

  describe("route", function ()
    local OFFSETS = tensor.ids { 0, 4, 4, 5, 11 }

    local function routed (u, x, options) return u:route(x, OFFSETS, K, options) end

    -- The same from small operations, its weights constants.
    local function composed (u, x, options)
      local still, logits, v = u:stop_gradient(x), u:constant(options.logits), nil
      for i = 1, options.iterations do
        local w = options.axis == "time" and u:segment_softmax(logits, OFFSETS) or u:softmax(logits)
        v = u:squash(u:segment_weighted_sum(u:stop_gradient(w), i < options.iterations and still or x, OFFSETS))
        logits = u:add(logits, u:segment_dot(still, v, OFFSETS))
      end
      return v
    end

    -- Interests, and the gradient of x.
    local function both (form, options)
      local u, x = gradcheck.tape(), param.new { data = random(11, D), name = "x" }
      local v = form(u, x, options)
      u:backward(u:sum(u:mul(v, u:constant(gradcheck.random(v.data:shape(), 99)))))
      return v.data, x:grad()
    end

    for _, axis in ipairs { "interest", "time" } do
      for iterations = 1, 4 do
        it(("is the composition of small operations: softmax over %s, %d iterations"):format(axis, iterations),
          function ()
            local options = { iterations = iterations, axis = axis, logits = random(11, K) }
            local want, slope = both(composed, options)
            local v, dx = both(routed, options)
            assert_near(want, v)
            assert_near(slope, dx, 5e-5)
          end)
      end
    end

    it("takes rows of their own for each interest: equal ones are as shared ones", function ()
      local x, logits = value(11, D), random(11, K)
      local own = t:concat({ x, x, x }, 2)
      assert.equal(t:route(x, OFFSETS, K, { logits = logits }).data:tostring(),
        t:route(own, OFFSETS, K, { logits = logits, own = true }).data:tostring())
    end)

    it("begins with logits of 0: interests that see the same rows are then the same", function ()
      local x = value(11, D)
      local v = t:route(x, OFFSETS, K).data
      assert.equal(v:tostring(), t:route(x, OFFSETS, K, { logits = tensor.zeros(11, K) }).data:tostring())
      for _, interests in ipairs(v:totable()) do assert.same(interests[1], interests[K]) end
    end)

    it("gives vectors shorter than 1, and zeros for an empty history", function ()
      local v = t:route(t:scale(value(11, D), 100), OFFSETS, K, { logits = random(11, K) }).data:totable()
      for b, interests in ipairs(v) do
        for _, one in ipairs(interests) do
          local square = 0
          for _, number in ipairs(one) do square = square + number * number end
          assert.is_true(b == 2 and square == 0 or b ~= 2 and square > 0.5 and square < 1)
        end
      end
    end)

    it("has fewer interests for shorter histories where it is dynamic; the others repeat the first", function ()
      local offsets = tensor.ids { 0, 0, 1, 4, 8, 16 }                 -- lengths 0, 1, 3, 4, 8
      local v = t:route(value(16, D), offsets, K, { logits = random(16, K), dynamic = true }).data:totable()
      for b, n in ipairs { 1, 1, 1, 2, 3 } do
        for k = 2, K do assert.equal(k > n, table.concat(v[b][k], " ") == table.concat(v[b][1], " ")) end
      end
    end)

    it("works with nothing but empty histories", function ()
      for _, offsets in ipairs { tensor.ids { 0, 0 }, tensor.ids { 0 } } do
        gradcheck.bytes({ "none", run = function (u, x) return u:route(x, offsets, K) end }, { { 0, D } })
      end
    end)

    it("names what does not go together", function ()
      local x = value(11, D)
      local function refused (message, ...)
        local args = { ... }
        assert.error_matches(function () t:route(table.unpack(args, 1, 4)) end, message)
      end
      refused("#2 to 'route' %(offsets end at 5 against shape %(11, 5%): 11 rows%)", x, tensor.ids { 0, 5 }, K)
      refused("#1 to 'route' %(shape %(11, 5%): 5 columns are not 3 rows%)", x, OFFSETS, K, { own = true })
      refused("unknown option 'axes' of route", x, OFFSETS, K, { axes = "time" })
      refused("invalid option 'items'", x, OFFSETS, K, { axis = "items" })
      refused("shape %(11, 2%), wanted %(11, 3%)", x, OFFSETS, K, { logits = random(11, 2) })
      refused("whole number within 1..1000 expected, got 0", x, OFFSETS, K, { iterations = 0 })
      refused("no interests", x, OFFSETS, 0)
    end)
  end)

  describe("position_linear", function ()
    -- Row by row: the map of its position from the newest.
    local function composed (h, offsets, w)
      local rows, list = {}, offsets:totable()
      for b = 1, #list - 1 do
        for r = list[b] + 1, list[b + 1] do
          local p = math.min(list[b + 1] - r + 1, w.data:dim(1))
          local map = t:reshape(t:slice(t:reshape(w, w.data:dim(1), -1), 1, p, p), w.data:dim(2), w.data:dim(3))
          rows[#rows + 1] = t:matmul(t:slice(h, 1, r, r), map)
        end
      end
      return t:concat(rows)
    end

    it("multiplies each row with the map of its position from the newest; older rows share the last", function ()
      local offsets, h, w = tensor.ids { 0, 4, 4, 5, 11 }, value(11, D), value(4, D, 7)
      assert_near(composed(h, offsets, w).data, t:position_linear(h, offsets, w).data)
    end)

    it("works with nothing but empty histories", function ()
      for _, offsets in ipairs { tensor.ids { 0, 0 }, tensor.ids { 0 } } do
        gradcheck.bytes({ "none", run = function (u, h, w) return u:position_linear(h, offsets, w) end },
          { { 0, D }, { 2, D, 7 } })
      end
    end)

    it("names shapes that do not go together", function ()
      local h, offsets = value(11, D), tensor.ids { 0, 11 }
      assert.error_matches(function () t:position_linear(h, offsets, value(4, 6, 7)) end,
        "#3 to 'position_linear' %(shape %(11, 5%) against %(4, 6, 7%): widths 5 and 6 differ%)")
      assert.error_matches(function () t:position_linear(h, offsets, value(D, 7)) end, "wanted rank 3")
      assert.error_matches(function () t:position_linear(h, offsets, t:constant(tensor.zeros(0, D, 7))) end,
        "no positions")
      assert.error_matches(function () t:position_linear(h, tensor.ids { 0, 5 }, value(4, D, 7)) end,
        "#2 to 'position_linear' %(offsets end at 5")
    end)
  end)
end)
