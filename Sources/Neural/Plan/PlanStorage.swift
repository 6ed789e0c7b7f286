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

/// What a planar value points into.
enum PlanarBase: Hashable {
  /// Position in the plan's list of arrays.
  case array(Int)
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

/// Bytes that are needed from one kernel to another, both included, by position in the plan.
struct LivingBuffer: Hashable {
  var byteCount: Int
  var first: Int
  var last: Int
  /// Whether all that is written there are finite Float32.
  var holdsFloats = true
}

/// Hands out planes and arrays in execution order, takes them back after their last use, and notes
/// how long each lives, so that those which never live at the same time can share memory.
///
/// Free planes are used again for the same size. All planes of one size are one buffer: their
/// borders must stay zero while any of them is in use.
struct StorageAllocator {
  private(set) var arrays: [LivingBuffer] = []
  private(set) var planeCounts: [PlaneSize: Int] = [:]
  /// First and last kernel that may touch a plane of the size.
  private(set) var planeLives: [PlaneSize: (first: Int, last: Int)] = [:]
  private var freePlanes: [PlaneSize: [PlaneID]] = [:]
  private var planeUsers: [PlaneID: Int] = [:]
  private var arrayUsers: [Int: Int] = [:]

  /// - Parameter kernel: The position of the kernel that will write it.
  mutating func makePlane(_ size: PlaneSize, at kernel: Int) -> PlaneID {
    if planeLives[size] == nil { planeLives[size] = (kernel, Int.max) }
    if let plane = freePlanes[size]?.popLast() {
      planeLives[size]?.last = Int.max
      return plane
    }
    planeLives[size]?.last = Int.max
    let index = planeCounts[size, default: 0]
    planeCounts[size] = index + 1
    return PlaneID(size: size, index: index)
  }

  mutating func makeArray(byteCount: Int, holdsFloats: Bool = true, at kernel: Int) -> Int {
    arrays.append(
      LivingBuffer(byteCount: byteCount, first: kernel, last: Int.max, holdsFloats: holdsFloats))
    return arrays.count - 1
  }

  mutating func retain(_ planes: [PlaneID]) {
    for plane in planes { planeUsers[plane, default: 0] += 1 }
  }

  mutating func retain(_ base: PlanarBase) {
    if case .array(let index) = base { arrayUsers[index, default: 0] += 1 }
  }

  /// Whether one value alone lies in each of these planes.
  func isSoleUser(of planes: [PlaneID]) -> Bool { planes.allSatisfy { planeUsers[$0] == 1 } }

  /// - Parameter kernel: The position of the last kernel that reads them.
  mutating func release(_ planes: [PlaneID], after kernel: Int) {
    for plane in planes {
      planeUsers[plane]! -= 1
      if planeUsers[plane] == 0 {
        planeUsers[plane] = nil
        freePlanes[plane.size, default: []].append(plane)
        let isUnused = freePlanes[plane.size]?.count == planeCounts[plane.size]
        planeLives[plane.size]?.last = isUnused ? kernel : Int.max
      }
    }
  }

  mutating func release(_ base: PlanarBase, after kernel: Int) {
    guard case .array(let index) = base else { return }
    arrayUsers[index]! -= 1
    if arrayUsers[index] == 0 {
      arrayUsers[index] = nil
      arrays[index].last = kernel
    }
  }

  /// Bytes of one plane, with room after it so that planes do not lie a power of two apart.
  static func planeByteCount(_ size: PlaneSize, border: Int, lanes: Int) -> Int {
    let floats = (size.height + 2 * border) * (size.width + 2 * border) * lanes
    return (floats * 4 + 320 + 127) / 128 * 128
  }
}
