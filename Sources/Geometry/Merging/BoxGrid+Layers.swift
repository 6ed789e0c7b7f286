extension BoxGrid {
  struct Item {
    var box: Box
    var area: Double
    var number: Int32
  }

  /// Up to four items of a layer.
  struct Block {
    /// Items in use, the first ones.
    var count: Int32 = 0
    var layer: Int32
    /// The next block of the cell (or list), and that of the layer; -1 at the end.
    var next: Int32 = -1
    var nextOfLayer: Int32 = -1

    init(layer: Int32) { self.layer = layer }
  }

  /// The boxes of a group whose longer side is in `smallest..<largest`.
  struct Layer {
    let index: Int32
    let group: Int
    let exponent: Int
    let smallest: Double
    let largest: Double
    /// Cells to a pixel; 0 for sizes at the ends of the number range, which stay a list.
    let density: Double
    let nextOfGroup: Int32
    var isGrid = false
    var count = 0
    /// Blocks in the chain of the layer, empty ones included.
    var blockCount = 0
    var firstBlock: Int32 = -1
    var freeBlock: Int32 = -1
  }

  struct Cell: Equatable {
    var column: Int
    var row: Int
    var layer: Int32

    @inline(__always)
    var hash: Int {
      var hash =
        UInt64(bitPattern: Int64(row)) &* 0xc2b2_ae3d_27d4_eb4f
        &+ UInt64(UInt32(bitPattern: layer)) &* 0x1656_67b1_9e37_79f9
      hash ^= hash >> 32
      hash &*= 0xd6e8_feb8_6659_fd93
      // Neighbours in a row lie side by side.
      return Int(truncatingIfNeeded: hash ^ hash >> 32) &+ column
    }
  }

  /// The first block of each cell: a hash table with linear probing, at most half full.
  struct CellTable {
    private struct Slot {
      var cell = Cell(column: 0, row: 0, layer: -1)
      var head: Int32 = -1
    }

    private var slots: [Slot] = []
    private var usedCount = 0

    /// -1 for a cell without boxes.
    @inline(__always)
    func head(_ cell: Cell) -> Int32 {
      slots.withUnsafeBufferPointer { slots in
        guard !slots.isEmpty else { return -1 }
        var place = cell.hash & (slots.count - 1)
        while slots[place].cell.layer >= 0 {
          if slots[place].cell == cell { return slots[place].head }
          place = (place + 1) & (slots.count - 1)
        }
        return -1
      }
    }

    mutating func setHead(_ head: Int32, of cell: Cell) {
      if 2 * usedCount >= slots.count { grow() }
      var place = cell.hash & (slots.count - 1)
      while slots[place].cell.layer >= 0 && slots[place].cell != cell {
        place = (place + 1) & (slots.count - 1)
      }
      if slots[place].cell.layer < 0 {
        slots[place].cell = cell
        usedCount += 1
      }
      slots[place].head = head
    }

    private mutating func grow() {
      let old = slots
      slots = [Slot](repeating: Slot(), count: max(2 * old.count, 128))
      usedCount = 0
      for slot in old where slot.head >= 0 { setHead(slot.head, of: slot.cell) }
    }
  }

  /// A box that others are compared with.
  struct Query {
    let box: Box
    let area: Double
    private let width: Double
    private let height: Double
    private let least: Double
    /// For the rounding of large coordinates.
    private let slack: Double

    @inline(__always)
    init(_ box: Box, plus: Double, least: Double) {
      self.box = box
      area = box.area(plus: plus)
      width = box.width + plus
      height = box.height + plus
      self.least = least
      slack = (abs(box.minX) + abs(box.minY) + abs(box.maxX) + abs(box.maxY)) * 1e-15
    }

    /// Whether sizes allow for the least overlap: one box covers that part of the other's side.
    @inline(__always)
    func mayReach(_ layer: Layer) -> Bool {
      let side = max(width, height)
      return layer.largest >= least * side && layer.smallest * least <= side
    }

    struct CellRange {
      var firstColumn: Int
      var lastColumn: Int
      var firstRow: Int
      var lastRow: Int
      var count: Double
    }

    /// The cells where the top left corner of a box that reaches the least overlap may lie; `nil`
    /// where numbers are too large to tell.
    ///
    /// An overlap `t` in area is one of at least `t` of either width, so that the left edges are
    /// apart by at most `1 - t` of the box that lies to the left.
    @inline(__always)
    func cells(in layer: Layer) -> CellRange? {
      let most = 1 - least
      let reachX = most * min(layer.largest, width / least) + slack
      let reachY = most * min(layer.largest, height / least) + slack
      let firstX = ((box.minX - reachX) * layer.density).rounded(.down)
      let firstY = ((box.minY - reachY) * layer.density).rounded(.down)
      let lastX = ((box.minX + most * width + slack) * layer.density).rounded(.down)
      let lastY = ((box.minY + most * height + slack) * layer.density).rounded(.down)
      let farthest = max(abs(firstX), abs(lastX), abs(firstY), abs(lastY))
      guard farthest < Self.limit else { return nil }
      return CellRange(
        firstColumn: Int(firstX), lastColumn: Int(lastX), firstRow: Int(firstY),
        lastRow: Int(lastY),
        count: (lastX - firstX + 1) * (lastY - firstY + 1))
    }

    private static let limit = 0x1p60

    /// The column or row at a coordinate in cells; beyond the limit no search looks into cells.
    static func cell(_ coordinate: Double) -> Int {
      Int(max(min(coordinate.rounded(.down), 2 * limit), -2 * limit))
    }
  }
}
