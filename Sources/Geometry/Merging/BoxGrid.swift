/// Boxes by place and size, so that merging need not compare all pairs.
///
/// Boxes of similar size share a level; each level is a hashed grid whose cells are about as large
/// as two of its boxes may lie apart and still reach the least overlap. A box is filed under the
/// cell of its top left corner. Boxes of different groups (classes) never meet.
///
/// A search visits every entry of the group that may reach the least overlap, and some that do
/// not: whoever searches measures the overlap itself.
///
/// - Complexity: A search takes the entries of its group that nearly reach the least overlap, plus
///   a few cells for each size present. Memory O(entries).
struct BoxGrid {
  struct Entry {
    var box: Box
    var area: Double
    var group: Int
    // Neighbours in the chain of the cell and in that of the level; -1 at the ends.
    fileprivate var next: Int32 = -1
    fileprivate var previous: Int32 = -1
    fileprivate var levelNext: Int32 = -1
    fileprivate var levelPrevious: Int32 = -1
  }

  private struct Cell: Equatable {
    var column: Int
    var row: Int
    /// Of level and group.
    var layer: Int

    init(column: Int, row: Int, exponent: Int, group: Int) {
      self.column = column
      self.row = row
      layer = group &* 2048 &+ exponent
    }

    @inline(__always)
    var hash: Int {
      var hash =
        UInt64(bitPattern: Int64(column)) &* 0x9e37_79b9_7f4a_7c15
        &+ UInt64(bitPattern: Int64(row)) &* 0xc2b2_ae3d_27d4_eb4f
        &+ UInt64(bitPattern: Int64(layer)) &* 0x1656_67b1_9e37_79f9
      hash ^= hash >> 32
      hash &*= 0xd6e8_feb8_6659_fd93
      return Int(truncatingIfNeeded: hash ^ hash >> 32)
    }
  }

  private struct Slot {
    var cell = Cell(column: 0, row: 0, exponent: 0, group: 0)
    var isUsed = false
    var head: Int32 = -1
  }

  /// Boxes whose longer side is in `smallest..<largest`.
  private struct Level {
    var exponent: Int
    var smallest: Double
    var largest: Double
    /// Cells to a pixel; 0 for sizes at the end of the number range, which are searched one by one.
    var density: Double
    var count = 0
    var head: Int32 = -1
  }

  private(set) var entries: [Entry] = []
  private var slots: [Slot]
  private var usedSlots = 0
  private var levels: [Level] = []
  private let plus: Double
  /// Only overlaps by this measure of at least `least` need to be found.
  private let least: Double
  /// Whether boxes that do not touch can be left out.
  private let isLocal: Bool
  /// log2 of the cells that a box of the level's largest size covers along its longer side.
  private let refinement: Int

  private static let exponentLimit = 900
  /// Cells that take as long to look up as one entry to measure.
  private static let entriesPerCell = 2.0

  /// - Parameters:
  ///   - measure: What will be compared.
  ///   - least: The least overlap that matters; at 0 all positive overlaps do. Below 0, or where
  ///     `includesZero`, a search visits the whole grid.
  init(
    measure: OverlapMeasure, least: Double, includesZero: Bool = false, plus: Double = 0,
    capacity: Int = 0
  ) {
    isLocal = least > 0 || (least == 0 && !includesZero)
    self.plus = plus
    // A little less than asked for, so that rounding loses no box.
    self.least = measure == .intersectionOverMinimum ? 0 : min(max(least, 0), 1) * (1 - 1e-6)
    refinement = min(max(-(1 - self.least).exponent - 1, 0), 10)
    var size = 64
    while size < 2 * capacity { size *= 2 }
    slots = [Slot](repeating: Slot(), count: size)
    entries.reserveCapacity(max(capacity, 32))
  }

  /// Adds a box and returns its number: 0, 1, 2, …
  ///
  /// - Precondition: `box.isValid`.
  @discardableResult
  mutating func insert(_ box: Box, group: Int) -> Int {
    entries.append(Entry(box: box, area: box.area(plus: plus), group: group))
    link(entries.count - 1)
    return entries.count - 1
  }

  /// Leaves an entry out of all later searches.
  mutating func remove(_ number: Int) { unlink(number) }

  /// Replaces the box of an entry that has not been removed.
  mutating func move(_ number: Int, to box: Box) {
    unlink(number)
    entries[number].box = box
    entries[number].area = box.area(plus: plus)
    link(number)
  }

  /// Visits the entries of `group` that may overlap `box` by the least overlap, in no order that
  /// means anything, until `visit` returns true.
  @inline(__always)
  func search(_ box: Box, group: Int, _ visit: (Int, Entry) -> Bool) {
    let width = box.width + plus
    let height = box.height + plus
    let side = max(width, height)
    let slack = (abs(box.minX) + abs(box.minY) + abs(box.maxX) + abs(box.maxY)) * 1e-15
    entries.withUnsafeBufferPointer { entries in
      slots.withUnsafeBufferPointer { slots in
        for level in levels where level.count > 0 {
          if least > 0 && isLocal {
            guard level.largest >= least * side, level.smallest <= side / least else { continue }
          }
          let reachX = (1 - least) * min(level.largest, width / least) + slack
          let reachY = (1 - least) * min(level.largest, height / least) + slack
          let firstColumn = ((box.minX - reachX) * level.density).rounded(.down)
          let firstRow = ((box.minY - reachY) * level.density).rounded(.down)
          let lastColumn =
            ((box.minX + (1 - least) * width + slack) * level.density).rounded(.down)
          let lastRow =
            ((box.minY + (1 - least) * height + slack) * level.density).rounded(.down)
          let cells = (lastColumn - firstColumn + 1) * (lastRow - firstRow + 1)
          let isGridded =
            isLocal && level.density > 0 && cells * Self.entriesPerCell < Double(level.count)
            && max(abs(firstColumn), abs(lastColumn), abs(firstRow), abs(lastRow)) < 0x1p60
          guard isGridded else {
            var number = level.head
            while number >= 0 {
              let entry = entries[Int(number)]
              if entry.group == group && visit(Int(number), entry) { return }
              number = entry.levelNext
            }
            continue
          }
          for row in Int(firstRow)...Int(lastRow) {
            for column in Int(firstColumn)...Int(lastColumn) {
              let cell = Cell(
                column: column, row: row, exponent: level.exponent, group: group)
              var place = cell.hash & (slots.count - 1)
              while slots[place].isUsed && slots[place].cell != cell {
                place = (place + 1) & (slots.count - 1)
              }
              var number = slots[place].head
              while number >= 0 {
                let entry = entries[Int(number)]
                if entry.group == group && visit(Int(number), entry) { return }
                number = entry.next
              }
            }
          }
        }
      }
    }
  }

  // MARK: - Chains

  private mutating func link(_ number: Int) {
    let level = levelIndex(for: entries[number].box)
    let id = Int32(truncatingIfNeeded: number)
    entries[number].levelPrevious = -1
    entries[number].levelNext = levels[level].head
    if levels[level].head >= 0 { entries[Int(levels[level].head)].levelPrevious = id }
    levels[level].head = id
    levels[level].count += 1

    if 2 * usedSlots >= slots.count { grow() }
    let slot = slotIndex(cell(of: entries[number], in: levels[level]))
    let head = slots[slot].head
    entries[number].previous = -1
    entries[number].next = head
    if head >= 0 { entries[Int(head)].previous = id }
    slots[slot].head = id
  }

  private mutating func unlink(_ number: Int) {
    let entry = entries[number]
    let level = levelIndex(for: entry.box)
    if entry.levelNext >= 0 {
      entries[Int(entry.levelNext)].levelPrevious = entry.levelPrevious
    }
    if entry.levelPrevious >= 0 {
      entries[Int(entry.levelPrevious)].levelNext = entry.levelNext
    } else {
      levels[level].head = entry.levelNext
    }
    levels[level].count -= 1
    if entry.next >= 0 { entries[Int(entry.next)].previous = entry.previous }
    if entry.previous >= 0 {
      entries[Int(entry.previous)].next = entry.next
    } else {
      slots[slotIndex(cell(of: entry, in: levels[level]))].head = entry.next
    }
  }

  /// The level for a box of that size, made when it is the first.
  private mutating func levelIndex(for box: Box) -> Int {
    let side = max(box.width, box.height) + plus
    let limit = Self.exponentLimit
    let exponent = side.isFinite ? min(max(Int(side.exponent), -limit), limit) : limit
    if let index = levels.firstIndex(where: { $0.exponent == exponent }) { return index }
    let isExtreme = abs(exponent) == limit
    levels.append(
      Level(
        exponent: exponent,
        smallest: exponent == -limit ? 0 : Double(sign: .plus, exponent: exponent, significand: 1),
        largest: exponent == limit
          ? .infinity : Double(sign: .plus, exponent: exponent + 1, significand: 1),
        density: isExtreme
          ? 0 : Double(sign: .plus, exponent: refinement - exponent - 1, significand: 1)))
    return levels.count - 1
  }

  private func cell(of entry: Entry, in level: Level) -> Cell {
    let column = (entry.box.minX * level.density).rounded(.down)
    let row = (entry.box.minY * level.density).rounded(.down)
    // So far from the origin no search looks into cells.
    return Cell(
      column: Int(max(min(column, 0x1p62), -0x1p62)), row: Int(max(min(row, 0x1p62), -0x1p62)),
      exponent: level.exponent, group: entry.group)
  }

  /// The slot of `cell`, made when there is none.
  private mutating func slotIndex(_ cell: Cell) -> Int {
    var place = cell.hash & (slots.count - 1)
    while slots[place].isUsed && slots[place].cell != cell {
      place = (place + 1) & (slots.count - 1)
    }
    if !slots[place].isUsed {
      slots[place].isUsed = true
      slots[place].cell = cell
      usedSlots += 1
    }
    return place
  }

  private mutating func grow() {
    let old = slots
    slots = [Slot](repeating: Slot(), count: 2 * old.count)
    usedSlots = 0
    for slot in old where slot.head >= 0 { slots[slotIndex(slot.cell)].head = slot.head }
  }
}
