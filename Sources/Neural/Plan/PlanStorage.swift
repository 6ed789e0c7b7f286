/// Where a value lies while the plan runs, before memory exists.
///
/// A *planar* value is one contiguous row-major array. A *blocked* value is a list of planes, one
/// per picture and block of channels (see `ck_blocked`); lists are cut and joined without copying.

/// A plane of `[border + height + border][border + width + border][lanes]` floats.
struct PlaneID: Hashable {
  var size: PlaneSize
  var index: Int
}

struct PlaneSize: Hashable {
  var height: Int
  var width: Int
}

/// A contiguous range of the arena.
struct ArenaRange: Hashable {
  var offset: Int
  var byteCount: Int
}

/// What a planar value points into.
enum PlanarBase: Hashable {
  case arena(ArenaRange)
  /// Position in the plan's list of constants.
  case constant(Int)
}

struct PlanarValue {
  var base: PlanarBase
  var byteOffset = 0
  var type: TensorType
}

struct BlockedValue {
  var batch: Int
  var channels: Int
  var height: Int
  var width: Int
  /// `[batch][block]`
  var planes: [PlaneID]

  var size: PlaneSize { PlaneSize(height: height, width: width) }
}

/// Hands out planes and arena ranges in execution order and takes them back after the last use, so
/// that values which never live at the same time share memory.
///
/// Planes are only reused for the same size: their borders are zeroed once and never written.
struct StorageAllocator {
  private(set) var planeCounts: [PlaneSize: Int] = [:]
  private var freePlanes: [PlaneSize: [PlaneID]] = [:]
  private var planeUsers: [PlaneID: Int] = [:]
  private(set) var arenaByteCount = 0
  private var freeRanges: [ArenaRange] = []
  private var rangeUsers: [ArenaRange: Int] = [:]

  private static let alignment = 128

  mutating func makePlane(_ size: PlaneSize) -> PlaneID {
    if let plane = freePlanes[size]?.popLast() { return plane }
    let index = planeCounts[size, default: 0]
    planeCounts[size] = index + 1
    return PlaneID(size: size, index: index)
  }

  /// The smallest free range that fits, or new memory at the end.
  mutating func makeRange(byteCount: Int) -> ArenaRange {
    let rounded = max(1, (byteCount + Self.alignment - 1) / Self.alignment) * Self.alignment
    let fitting = freeRanges.indices.filter { freeRanges[$0].byteCount >= rounded }
    if let best = fitting.min(by: { freeRanges[$0].byteCount < freeRanges[$1].byteCount }) {
      let range = freeRanges.remove(at: best)
      if range.byteCount > rounded {
        freeRanges.append(
          ArenaRange(offset: range.offset + rounded, byteCount: range.byteCount - rounded))
      }
      return ArenaRange(offset: range.offset, byteCount: rounded)
    }
    if let last = freeRanges.firstIndex(where: { $0.offset + $0.byteCount == arenaByteCount }) {
      let range = freeRanges.remove(at: last)
      arenaByteCount = range.offset + rounded
      return ArenaRange(offset: range.offset, byteCount: rounded)
    }
    let range = ArenaRange(offset: arenaByteCount, byteCount: rounded)
    arenaByteCount += rounded
    return range
  }

  mutating func retain(_ planes: [PlaneID]) {
    for plane in planes { planeUsers[plane, default: 0] += 1 }
  }

  mutating func retain(_ base: PlanarBase) {
    if case .arena(let range) = base { rangeUsers[range, default: 0] += 1 }
  }

  mutating func release(_ planes: [PlaneID]) {
    for plane in planes {
      planeUsers[plane]! -= 1
      if planeUsers[plane] == 0 {
        planeUsers[plane] = nil
        freePlanes[plane.size, default: []].append(plane)
      }
    }
  }

  mutating func release(_ base: PlanarBase) {
    guard case .arena(let range) = base else { return }
    rangeUsers[range]! -= 1
    guard rangeUsers[range] == 0 else { return }
    rangeUsers[range] = nil
    var merged = range
    for index in freeRanges.indices.reversed() {
      let free = freeRanges[index]
      if free.offset + free.byteCount == merged.offset {
        merged = ArenaRange(offset: free.offset, byteCount: free.byteCount + merged.byteCount)
        freeRanges.remove(at: index)
      } else if merged.offset + merged.byteCount == free.offset {
        merged.byteCount += free.byteCount
        freeRanges.remove(at: index)
      }
    }
    freeRanges.append(merged)
  }

  /// Bytes of one plane, with room after it so that planes do not lie a power of two apart.
  static func planeByteCount(_ size: PlaneSize, border: Int, lanes: Int) -> Int {
    let floats = (size.height + 2 * border) * (size.width + 2 * border) * lanes
    return (floats * 4 + 320 + alignment - 1) / alignment * alignment
  }
}
