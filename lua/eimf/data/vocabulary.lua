--- Words of the generated catalogue: sixty interests in twelve families.
-- Two lines an interest: its name and what is sold (nouns), then what that is
-- like (traits). Nouns and traits belong to that interest alone, so that a
-- title's words tell the interest; everything else in a title is shared.
-- @module eimf.data.vocabulary

local text = [[
= Beauty
skin care: face cream, night serum, toner, cleansing balm, eye gel
  hydrating, aloe, retinol, fragrance-free, brightening
hair care: shampoo, conditioner, hair mask, styling wax, scalp oil
  anti-frizz, keratin, curl-defining, dandruff, argan
make-up: lipstick, mascara, foundation, eyeshadow palette, blush
  matte, long-lasting, shimmering, waterproof, nude
nails: nail polish, cuticle oil, nail file, top coat, nail stickers
  glossy, quick-dry, chip-proof, gel-look, pastel-toned
fragrance: eau de parfum, body mist, cologne, solid perfume, scent sampler
  jasmine, sandalwood, citrus-scented, musky, amber
= Kitchen
baking: cake tin, rolling pin, piping bag, proofing basket, cookie cutter
  springform, silicone, scalloped, fondant, sourdough
coffee: espresso machine, milk frother, pour-over dripper, coffee grinder, moka pot
  burr, barista, single-serve, crema, arabica
cutting: chef's knife, paring knife, chopping board, knife block, honing rod
  damascus, serrated, full-tang, bamboo-edge, santoku
cookware: frying pan, stockpot, casserole, wok, saucepan
  cast-iron, non-stick, induction, enamelled, copper-bottom
tea: teapot, loose leaf tea, tea infuser, matcha whisk, tea caddy
  oolong, earl-grey, chamomile, rooibos, darjeeling
= Grocery
spices: curry powder, peppercorns, paprika, spice rub, saffron threads
  smoked, masala, szechuan, za'atar, turmeric
chocolate: dark chocolate bar, truffles, cocoa powder, hot chocolate, pralines
  single-origin, hazelnut, bittersweet, ganache, nougat
snacks: potato chips, trail mix, popcorn, rice crackers, pretzels
  salted, barbecue, crunchy, jalapeno, sour-cream
pasta: spaghetti, penne, pasta sauce, lasagne sheets, gnocchi
  durum, bronze-cut, pesto, arrabbiata, basil
honey and jam: wildflower honey, strawberry jam, marmalade, maple syrup, fruit spread
  raw, unfiltered, orchard, apricot, blueberry
= Garden
vegetable beds: tomato seeds, seed tray, raised bed, bean poles, compost bin
  heirloom, germinating, slug-proof, peat-free, courgette
flowers: tulip bulbs, rose bush, flower seeds, hanging basket, bulb planter
  perennial, fragrant-bloom, wild-meadow, dahlia, peony
lawn: lawn mower, grass seed, lawn edger, sprinkler, leaf rake
  shade-tolerant, self-propelled, moss-killing, turf, mulching
pots and indoor plants: plant pot, potting soil, plant mister, succulent set, trellis
  terracotta, self-watering, monstera, ficus, macrame
barbecue: charcoal grill, grill tongs, smoker box, meat thermometer, wood chips
  hickory, kettle, rotisserie, applewood, briquette
= Sports
running: running shoes, running belt, race socks, hydration vest, stride sensor
  cushioned, marathon, trail-grip, reflective, pronation
yoga: yoga mat, yoga block, meditation cushion, yoga strap, bolster
  cork, vinyasa, alignment, lotus, restorative
cycling: bike helmet, pedals, cycling jersey, bike lock, inner tube
  aerodynamic, clipless, gravel, tubeless, carbon-frame
climbing: climbing harness, chalk bag, carabiner, climbing rope, crash pad
  bouldering, belay, dynamic-rope, via-ferrata, crimp
swimming: swim goggles, swimsuit, swim cap, kickboard, swim fins
  anti-fog, chlorine-resistant, freestyle, open-water, snorkel
= Music
guitar: guitar strings, guitar strap, capo, effects pedal, guitar pick
  phosphor-bronze, fretless, fingerstyle, overdrive, dreadnought
drums: drumsticks, snare drum, cymbal, practice pad, drum throne
  hickory-tip, double-bass, ride, brushed-head, djembe
keyboards: stage piano, synthesizer, sustain pedal, keyboard stand, piano bench
  weighted-key, polyphonic, hammer-action, arpeggiator, analog
vinyl: record player, vinyl record, stylus, record sleeve, phono preamp
  belt-drive, remastered, 180-gram, moving-magnet, 33-rpm
recording: condenser microphone, audio interface, pop filter, studio monitor, mic stand
  cardioid, phantom-power, xlr, podcast, shock-mount
= Office
pens: fountain pen, gel pen, ink bottle, highlighter, ballpoint refill
  fine-nib, calligraphy, iridium, quick-ink, retractable
paper: notebook, legal pad, index cards, sticky notes, copy paper
  dotted, college-ruled, spiral-bound, acid-free, perforated
printing: ink cartridge, toner drum, label printer, photo paper, laser printer
  high-yield, cyan-magenta, duplex, thermal-label, inkjet
desk: desk organizer, monitor riser, desk pad, office chair, footrest
  ergonomic, lumbar, height-adjustable, mesh-back, drawer
filing: binder, file folder, expanding file, stapler, hole punch
  hanging-file, tabbed, letter-size, three-ring, heavy-duty-staple
= Books
science fiction: space opera, dystopian novel, robot anthology, alien saga, time travel story
  galactic, cyberpunk, interstellar, android, terraforming
crime: detective novel, murder mystery, spy thriller, courtroom drama, cold case file
  noir, unsolved, forensic, whodunit, undercover
history: biography, war chronicle, historical atlas, memoir, museum guide
  medieval, napoleonic, bronze-age, ottoman, archival
cookery books: cookbook, recipe collection, baking bible, wine guide, food essay
  mediterranean, weeknight, plant-based, patisserie, regional-cuisine
travel: travel guide, phrasebook, road map, travelogue, hiking guide
  patagonian, backpacker, city-break, silk-road, island-hopping
= Games
board games: strategy board game, tile game, cooperative game, dice tower, game expansion
  worker-placement, eurogame, hex-grid, area-control, legacy-campaign
puzzles: jigsaw puzzle, puzzle cube, brain teaser, wooden puzzle, puzzle mat
  1000-piece, interlocking, panoramic, speed-cube, sliding
video games: game controller, racing game, platform game, console headset, charging dock
  multiplayer, open-world, turn-based-rpg, haptic, retro-arcade
role play: polyhedral dice, dungeon master screen, adventure module, miniature figure, character journal
  fantasy-realm, necromancer, paladin, dragon-hoard, tabletop-rpg
model kits: model aircraft, model railway, plastic kit, airbrush, model paint
  1:72-scale, locomotive, spitfire, diorama, weathering
= Crafts
knitting: merino yarn, knitting needles, stitch markers, crochet hook, yarn bowl
  worsted, circular-needle, cable-knit, alpaca, sock-weight
sewing: sewing machine, cotton fabric, sewing thread, fabric scissors, zipper set
  quilting, overlock, bias-tape, denim-needle, patchwork
painting: acrylic paint, watercolour set, stretched canvas, paint brushes, easel
  gouache, hog-bristle, cold-pressed, impasto, plein-air
woodwork: chisel set, wood glue, hand plane, dovetail saw, router bit
  walnut, mortise, kerf, beech-handle, carving
jewellery making: glass beads, jewellery wire, ear hooks, clasp set, bead loom
  gemstone, sterling, filigree, seed-bead, turquoise
= Pets
dogs: dog leash, chew toy, dog bed, training treats, dog harness
  puppy, fetch, no-pull, retriever, rawhide-free
cats: scratching post, cat litter, catnip toy, cat tree, litter box
  kitten, clumping, feline, sisal, whisker
aquarium: aquarium filter, fish food, aquarium heater, gravel cleaner, aquarium plant
  cichlid, freshwater, betta, coral, bubbling
birds: bird feeder, bird seed, bird cage, nest box, millet spray
  hummingbird, canary, sunflower-heart, finch, parakeet
small animals: hamster wheel, rabbit hutch, timothy hay, guinea pig bedding, exercise ball
  burrowing, chinchilla, gerbil, lop-eared, gnawing
= Electronics
photography: camera lens, tripod, camera bag, lens filter, flash unit
  telephoto, bokeh, full-frame, polarizing, mirrorless
headphones: over-ear headphones, earbuds, headphone amplifier, ear pads, headset
  noise-cancelling, planar, bluetooth-audio, in-ear, hi-res-audio
computer parts: graphics card, solid state drive, memory module, cpu cooler, mechanical keyboard
  overclocked, nvme, liquid-cooled, hot-swap, ddr5
phones: phone case, screen protector, charging cable, power bank, phone holder
  shockproof, tempered-glass, usb-c, magsafe, fast-charge
smart home: smart plug, video doorbell, motion sensor, smart bulb, thermostat
  zigbee, voice-control, geofencing, hub-free, matter-ready
]]

local function words (list)
  local out = {}
  for word in list:gmatch("[^,]+") do out[#out + 1] = word:match("^%s*(.-)%s*$") end
  return out
end

local vocabulary, family = {}, nil
for line in text:gmatch("[^\n]+") do
  local name, nouns = line:match("^(%w[^:]*): (.+)$")
  if line:sub(1, 1) == "=" then
    family = line:sub(3)
  elseif name then
    vocabulary[#vocabulary + 1] = { name = name, family = family, nouns = words(nouns) }
  else
    vocabulary[#vocabulary].traits = words(line)
  end
end

return vocabulary
