/// Where buffers of known lifetimes lie in one block of memory.
///
/// Buffers whose lifetimes overlap do not overlap in memory; the others may. Placed largest first,
/// each at the lowest offset that is free during its whole life. Integers lie apart from floats:
/// kernels multiply unused lanes by 0, and bytes of integers may read as NaN.
struct BufferPlacement {
  private(set) var offsets: [Int]
  private(set) var byteCount = 0

  private var sizes: [Int]

  private static let alignment = 128

  init(_ buffers: [LivingBuffer]) {
    offsets = [Int](repeating: 0, count: buffers.count)
    sizes = buffers.map {
      max(1, ($0.byteCount + Self.alignment - 1) / Self.alignment) * Self.alignment
    }
    var placed: [(range: Swift.Range<Int>, buffer: LivingBuffer)] = []
    let order = buffers.indices.sorted {
      (buffers[$0].byteCount, $1) > (buffers[$1].byteCount, $0)
    }
    for holdsFloats in [true, false] {
      let start = byteCount
      for index in order where buffers[index].holdsFloats == holdsFloats {
        let buffer = buffers[index]
        let size = sizes[index]
        let others = placed.filter {
          $0.buffer.holdsFloats == holdsFloats && $0.buffer.first <= buffer.last
            && buffer.first <= $0.buffer.last
        }.sorted { $0.range.lowerBound < $1.range.lowerBound }
        var offset = start
        for other in others where other.range.upperBound > offset {
          if other.range.lowerBound >= offset + size { break }
          offset = other.range.upperBound
        }
        offsets[index] = offset
        byteCount = max(byteCount, offset + size)
        placed.append((offset..<offset + size, buffer))
      }
    }
  }

  /// Whether another buffer lies, at another time, on the memory of this one.
  func sharesMemory(_ index: Int) -> Bool {
    offsets.indices.contains { other in
      other != index && offsets[other] < offsets[index] + sizes[index]
        && offsets[index] < offsets[other] + sizes[other]
    }
  }
}
