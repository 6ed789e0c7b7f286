/// Boxes by place and size, so that merging need not compare all pairs.
///
/// Boxes of one group (class) and of similar size share a layer. A layer is a list while it is
/// short, then a hashed grid whose cells are about as large as two of its boxes may lie apart and
/// still reach the least overlap; a box is filed under the cell of its top left corner. Lists and
/// cells hold their boxes in blocks of four, which lie together in memory.
///
/// - Complexity: A search takes the boxes of its group that nearly reach the least overlap, plus a
///   few cells for each size present. Memory O(boxes).
struct BoxGrid {
  let measure: OverlapMeasure
  let plus: Double
  /// Only overlaps of at least `least` need to be found.
  let least: Double
  /// Whether boxes that do not touch can be left out.
  let isLocal: Bool
  /// log2 of the cells to the layer's largest size.
  private let refinement: Int

  /// Four per block.
  private var items: [Item] = []
  private var blocks: [Block] = []
  private var layers: [Layer] = []
  private var firstLayers: [Int: Int32] = [:]
  private var cells = CellTable()
  /// Per box the index of its item.
  private var places: [Int32] = []

  private static let exponentLimit = 900
  /// The length at which a list becomes a grid.
  private static let listLimit = 24

  /// - Parameters:
  ///   - least: The least overlap that matters; at 0 all positive ones do. Below 0, or where
  ///     `includesZero`, a search visits the whole group.
  ///   - plus: See `Box.intersectionOverUnion(_:plus:)`.
  ///   - capacity: The number of boxes expected.
  init(
    measure: OverlapMeasure, least: Double, includesZero: Bool = false, plus: Double = 0,
    capacity: Int = 0
  ) {
    self.measure = measure
    self.plus = plus
    isLocal = least > 0 || (least == 0 && !includesZero)
    // A little less than asked for, so that rounding loses no box.
    self.least = measure == .intersectionOverMinimum ? 0 : min(max(least, 0), 1) * (1 - 1e-6)
    refinement = min(max(-(1 - self.least).exponent - 1, 0), 10)
    places.reserveCapacity(capacity)
  }

  /// Adds a box and returns its number: 0, 1, 2, …
  ///
  /// - Precondition: `box.isValid`.
  @discardableResult
  mutating func insert(_ box: Box, group: Int) -> Int {
    places.append(-1)
    link(places.count - 1, box, layer: layerIndex(for: box, group: group))
    return places.count - 1
  }

  /// Adds `count` boxes in the order of their numbers, but neighbours in the picture close to each
  /// other in memory.
  ///
  /// - Precondition: The grid is empty.
  mutating func fill(count: Int, box: (Int) -> Box, group: (Int) -> Int) {
    var order: [(key: UInt64, number: Int32)] = []
    order.reserveCapacity(count)
    for number in 0..<count {
      let layer = layerIndex(for: box(number), group: group(number))
      let cell = cell(of: box(number), layer: layer)
      let key =
        UInt64(layer & 0xffff) << 48 | UInt64(cell.row & 0xff_ffff) << 24
        | UInt64(cell.column & 0xff_ffff)
      order.append((key, Int32(truncatingIfNeeded: number)))
    }
    order.sort { $0.key != $1.key ? $0.key < $1.key : $0.number < $1.number }
    places = [Int32](repeating: -1, count: count)
    for (_, number) in order {
      let box = box(Int(number))
      link(Int(number), box, layer: layerIndex(for: box, group: group(Int(number))))
    }
  }

  /// Leaves a box out of all later searches.
  mutating func remove(_ number: Int) { unlink(number) }

  /// Replaces a box that has not been removed.
  mutating func move(_ number: Int, to box: Box) {
    let group = layers[Int(blocks[Int(places[number]) / 4].layer)].group
    unlink(number)
    link(number, box, layer: layerIndex(for: box, group: group))
  }

  /// Visits the boxes of `group` that touch `box` and may reach the least overlap (where overlaps
  /// of 0 matter too: all of the group), with their numbers and overlaps, in no order that means
  /// anything, until `visit` returns true.
  ///
  /// Overlaps are those of `OverlapMeasure.overlap`, bit for bit.
  @inline(__always)
  func search(_ box: Box, group: Int, _ visit: (_ number: Int, _ overlap: Double) -> Bool) {
    guard let first = firstLayers[group] else { return }
    let query = Query(box, plus: plus, least: least)
    items.withUnsafeBufferPointer { items in
      blocks.withUnsafeBufferPointer { blocks in
        layers.withUnsafeBufferPointer { layers in
          var next = first
          while next >= 0 {
            let layer = layers[Int(next)]
            next = layer.nextOfGroup
            if layer.count == 0 || (isLocal && least > 0 && !query.mayReach(layer)) { continue }
            let range = isLocal && layer.isGrid ? query.cells(in: layer) : nil
            guard let range, range.count < Double(layer.blockCount) else {
              var block = layer.firstBlock
              while block >= 0 {
                let header = blocks[Int(block)]
                if compare(query, items, block, header.count, visit) { return }
                block = header.nextOfLayer
              }
              continue
            }
            for row in range.firstRow...range.lastRow {
              for column in range.firstColumn...range.lastColumn {
                var block = cells.head(Cell(column: column, row: row, layer: layer.index))
                while block >= 0 {
                  let header = blocks[Int(block)]
                  if compare(query, items, block, header.count, visit) { return }
                  block = header.next
                }
              }
            }
          }
        }
      }
    }
  }

  /// Visits what `query` touches in a block; true when the search is to end.
  @inline(__always)
  private func compare(
    _ query: Query, _ items: UnsafeBufferPointer<Item>, _ block: Int32, _ count: Int32,
    _ visit: (Int, Double) -> Bool
  ) -> Bool {
    let start = 4 * Int(block)
    for place in start..<start + Int(count) {
      let item = items[place]
      let width = min(query.box.maxX, item.box.maxX) - max(query.box.minX, item.box.minX) + plus
      let height = min(query.box.maxY, item.box.maxY) - max(query.box.minY, item.box.minY) + plus
      let touches = width > 0 && height > 0
      if isLocal && !touches { continue }
      let intersection = touches ? width * height : 0
      let overlap: Double
      switch measure {
      case .intersectionOverUnion:
        let union = item.area + query.area - intersection
        overlap = union > 0 ? intersection / union : 0
      case .intersectionOverMinimum:
        let smaller = min(item.area, query.area)
        overlap = smaller > 0 ? intersection / smaller : 0
      case .distanceIoU: overlap = item.box.distanceIoU(query.box, plus: plus)
      }
      if visit(Int(item.number), overlap) { return true }
    }
    return false
  }

  // MARK: - Filing

  private mutating func link(_ number: Int, _ box: Box, layer index: Int) {
    layers[index].count += 1
    if !layers[index].isGrid {
      layers[index].firstBlock = file(
        number, box, layer: index, head: layers[index].firstBlock, isCell: false)
      if layers[index].count >= Self.listLimit && layers[index].density > 0 { makeGrid(index) }
    } else {
      let cell = cell(of: box, layer: index)
      let old = cells.head(cell)
      let head = file(number, box, layer: index, head: old, isCell: true)
      if head != old { cells.setHead(head, of: cell) }
    }
  }

  /// Puts a box into the chain of blocks at `head` and returns the chain's new head.
  private mutating func file(
    _ number: Int, _ box: Box, layer: Int, head: Int32, isCell: Bool
  ) -> Int32 {
    var head = head
    if head < 0 || blocks[Int(head)].count == 4 {
      var block = layers[layer].freeBlock
      if block >= 0 {
        layers[layer].freeBlock = blocks[Int(block)].next
        if !isCell { blocks[Int(block)].nextOfLayer = head }
      } else {
        block = Int32(truncatingIfNeeded: blocks.count)
        blocks.append(Block(layer: Int32(truncatingIfNeeded: layer)))
        layers[layer].blockCount += 1
        for _ in 0..<4 { items.append(Item(box: box, area: 0, number: -1)) }
        if isCell {
          blocks[Int(block)].nextOfLayer = layers[layer].firstBlock
          layers[layer].firstBlock = block
        } else {
          blocks[Int(block)].nextOfLayer = head
        }
      }
      blocks[Int(block)].next = head
      head = block
    }
    let place = 4 * head + blocks[Int(head)].count
    blocks[Int(head)].count += 1
    items[Int(place)] = Item(
      box: box, area: box.area(plus: plus), number: Int32(truncatingIfNeeded: number))
    places[number] = place
    return head
  }

  /// Fills the gap that the box leaves with the last one of its chain.
  private mutating func unlink(_ number: Int) {
    let place = Int(places[number])
    let layer = Int(blocks[place / 4].layer)
    let isGrid = layers[layer].isGrid
    let cell = cell(of: items[place].box, layer: layer)
    let head = isGrid ? cells.head(cell) : layers[layer].firstBlock
    blocks[Int(head)].count -= 1
    let last = Int(4 * head + blocks[Int(head)].count)
    places[Int(items[last].number)] = Int32(truncatingIfNeeded: place)
    items[place] = items[last]
    layers[layer].count -= 1
    guard blocks[Int(head)].count == 0 else { return }
    if isGrid {
      cells.setHead(blocks[Int(head)].next, of: cell)
    } else {
      layers[layer].firstBlock = blocks[Int(head)].next
    }
    blocks[Int(head)].next = layers[layer].freeBlock
    layers[layer].freeBlock = head
  }

  private mutating func makeGrid(_ index: Int) {
    var old = layers[index].firstBlock
    layers[index].firstBlock = -1
    layers[index].count = 0
    layers[index].blockCount = 0
    layers[index].isGrid = true
    layers[index].freeBlock = -1
    while old >= 0 {
      let block = blocks[Int(old)]
      for place in 4 * Int(old)..<4 * Int(old) + Int(block.count) {
        link(Int(items[place].number), items[place].box, layer: index)
      }
      old = block.nextOfLayer
    }
  }

  private func cell(of box: Box, layer: Int) -> Cell {
    let density = layers[layer].density
    return Cell(
      column: Query.cell(box.minX * density), row: Query.cell(box.minY * density),
      layer: Int32(truncatingIfNeeded: layer))
  }

  /// The layer for a box of that size, made when it is the first.
  private mutating func layerIndex(for box: Box, group: Int) -> Int {
    let side = max(box.width, box.height) + plus
    let limit = Self.exponentLimit
    let exponent = side.isFinite ? min(max(Int(side.exponent), -limit), limit) : limit
    let first = firstLayers[group] ?? -1
    var next = first
    while next >= 0 {
      if layers[Int(next)].exponent == exponent { return Int(next) }
      next = layers[Int(next)].nextOfGroup
    }
    func power(_ exponent: Int) -> Double {
      Double(sign: .plus, exponent: exponent, significand: 1)
    }
    let index = Int32(truncatingIfNeeded: layers.count)
    layers.append(
      Layer(
        index: index, group: group, exponent: exponent,
        smallest: exponent == -limit ? 0 : power(exponent),
        largest: exponent == limit ? .infinity : power(exponent + 1),
        density: abs(exponent) == limit ? 0 : power(refinement - exponent - 1),
        nextOfGroup: first))
    firstLayers[group] = index
    return Int(index)
  }
}
