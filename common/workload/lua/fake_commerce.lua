-- fake_commerce: commerce.*
local need = ...

return function(random, now)
  local kit = need("kit")(random, now)
  kit.define_list("commerce.color", "A colour's name", kit.phrases [[
    amber, aqua, beige, black, blue, bronze, brown, burgundy, charcoal, copper, coral, crimson, cyan, emerald, gold,
    green, grey, indigo, ivory, jade, khaki, lavender, lilac, lime, magenta, maroon, mint green, navy, ochre, olive,
    orange, orchid, peach, pink, plum, purple, red, rose, ruby, saffron, salmon, sand, scarlet, silver, sky blue, tan,
    teal, turquoise, violet, white, yellow]])

  local departments = kit.phrases [[
    Appliances, Automotive, Baby, Bakery, Bathroom, Beauty, Bicycles, Books, Camping, Clothing, Computers,
    Electronics, Films, Fishing, Flowers, Furniture, Games, Garden, Grocery, Hardware, Health, Home, Jewelery,
    Kitchen, Lighting, Music, Office, Outdoors, Pets, Phones, Photo, Shoes, Sports, Stationery, Tools, Toys, Travel,
    Watches]]
  kit.lists["commerce.department"] = departments
  kit.define("commerce.department", "string", 2, "max, fixedAmount: ignored", "A department of a shop",
    function()
      return kit.pick(departments)
    end)

  kit.define_list("commerce.productAdjective", "A word that praises a product", kit.words [[
    Adjustable Affordable Bright Classic Compact Durable Elegant Everyday Fancy Foldable Fresh Generic Handy Heavy
    Light Luxury Mighty Modern Natural Neat Plain Portable Practical Premium Quiet Rugged Rustic Sleek Slim Smart Soft
    Solid Sturdy Stylish Tasty Tidy Trusty Useful Versatile Warm]])
  kit.define_list("commerce.productMaterial", "What a product is made of", kit.words [[
    Aluminium Bamboo Brass Bronze Carbon Cardboard Ceramic Clay Concrete Copper Cork Cotton Felt Glass Granite Iron
    Leather Linen Marble Metal Oak Paper Plastic Porcelain Rubber Silk Slate Steel Stone Titanium Velvet Walnut Willow
    Wood Wool]])
  kit.define_list("commerce.product", "A product", kit.words [[
    Backpack Ball Basket Bench Bicycle Blanket Bottle Bowl Box Brush Bucket Camera Candle Chair Clock Coat Cup Desk
    Drill Fan Fork Gloves Guitar Hammer Hat Helmet Jacket Kettle Keyboard Knife Ladder Lamp Mirror Monitor Mouse Mug
    Pan Pen Phone Pillow Plate Radio Rug Saw Scarf Shelf Shoes Soap Speaker Spoon Stool Table Tent Torch Towel
    Umbrella Vase Wallet Watch]])
  kit.define("commerce.productName", "string", 0, "", "A product's name of three words", function()
    return kit.compose("{{commerce.productAdjective}} {{commerce.productMaterial}} {{commerce.product}}")
  end)

  kit.define("commerce.price", "number", 4, "min = 0, max = 1000, dec = 2, symbol",
    "A price with dec decimals, and text where a symbol precedes it; the cents are random, too",
    function(min, max, decimals, symbol)
      return kit.money(0, min, max, decimals, symbol)
    end)

  return kit.of("commerce")
end
