local models = require "eimf.models"

describe("eimf.models", function ()
  it("names its backbones and makes each of them", function ()
    assert.are.same({ "popular", "dnn", "gru4rec", "sasrec", "mind", "comirec_dr", "comirec_sa", "re4", "remi" },
      models.names)
    for _, name in ipairs(models.names) do assert.are.equal("function", type(models[name])) end
  end)

  it("has nothing under other names", function ()
    for _, name in ipairs { "init", "sasrec2", "../tape", "" } do assert.is_nil(models[name]) end
  end)
end)
