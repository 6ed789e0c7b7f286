internal import CKernels

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// The memory of one plan: all planes and the arena in one zeroed block, the constants, and the
/// plane lists that kernels point to.
final class PlanMemory {
  let border: Int
  let lanes: Int
  private let block: UnsafeMutableRawPointer
  private let planeOffsets: [PlaneSize: Int]
  private let arenaOffset: Int
  private let constants: [Tensor]
  private var planeLists: [UnsafeMutablePointer<UnsafeMutablePointer<Float>?>] = []
  let byteCount: Int

  /// - Throws: `GraphError.memoryLimit` before anything is allocated, or `.outOfMemory`.
  init(
    _ allocator: StorageAllocator, constants: [Tensor], border: Int, lanes: Int, byteLimit: Int
  ) throws {
    self.border = border
    self.lanes = lanes
    self.constants = constants
    var offset = 0
    var planeOffsets: [PlaneSize: Int] = [:]
    let sizes = allocator.planeCounts.sorted {
      ($0.key.height, $0.key.width) > ($1.key.height, $1.key.width)
    }
    for (size, count) in sizes {
      planeOffsets[size] = offset
      offset += count * StorageAllocator.planeByteCount(size, border: border, lanes: lanes)
    }
    self.planeOffsets = planeOffsets
    arenaOffset = offset
    byteCount = offset + allocator.arenaByteCount
    guard byteCount <= byteLimit else {
      throw GraphError.memoryLimit(byteCount: byteCount, byteLimit: byteLimit)
    }
    // Fresh pages are zero: the borders of all planes are, without touching the rest.
    let page = 2 << 20
    let mapped = mmap(
      nil, byteCount + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let mapped, mapped != MAP_FAILED else {
      throw GraphError.outOfMemory(byteCount: byteCount)
    }
    block = mapped
  }

  deinit {
    munmap(block, byteCount + (2 << 20))
    for list in planeLists { list.deallocate() }
  }

  func pointer(_ value: PlanarValue) -> UnsafeMutableRawPointer {
    switch value.base {
    case .arena(let range): return block + arenaOffset + range.offset + value.byteOffset
    case .constant(let index):
      // Kept alive by `constants`; kernels read it only.
      let address = constants[index].withUnsafeBytes { $0.baseAddress! }
      return UnsafeMutableRawPointer(mutating: address) + value.byteOffset
    }
  }

  func floats(_ value: PlanarValue) -> UnsafeMutablePointer<Float> {
    pointer(value).assumingMemoryBound(to: Float.self)
  }

  /// The kernels' view of a blocked value; its plane list lives as long as this object.
  func blocked(_ value: BlockedValue) -> ck_blocked {
    let list = UnsafeMutablePointer<UnsafeMutablePointer<Float>?>.allocate(
      capacity: max(value.planes.count, 1))
    planeLists.append(list)
    for (index, plane) in value.planes.enumerated() { list[index] = pointer(plane) }
    return ck_blocked(
      batch: Int32(value.batch), channels: Int32(value.channels), height: Int32(value.height),
      width: Int32(value.width), border: Int32(border), planes: UnsafePointer(list))
  }

  /// Pixel (0, 0) of a plane.
  private func pointer(_ plane: PlaneID) -> UnsafeMutablePointer<Float> {
    let bytes = StorageAllocator.planeByteCount(plane.size, border: border, lanes: lanes)
    let start = block + planeOffsets[plane.size]! + plane.index * bytes
    let row = (plane.size.width + 2 * border) * lanes
    return start.assumingMemoryBound(to: Float.self) + border * row + border * lanes
  }
}
