internal import CKernels

/// The memory of one plan: all planes and the arena in one block, the constants, and the plane lists
/// that kernels point to.
final class PlanMemory {
  let border: Int
  let lanes: Int
  private let block: MemoryBlock
  private let planeOffsets: [PlaneSize: Int]
  private let arrayOffsets: [Int]
  private let constants: [Tensor]
  private var planeLists: [UnsafeMutablePointer<UnsafeMutablePointer<Float>?>] = []
  let byteCount: Int
  /// Plane sizes whose memory other values or networks use too, by the first kernel that needs
  /// their borders to be zero again.
  let sharedPlanes: [Int: [PlaneSize]]
  private let planeCounts: [PlaneSize: Int]

  /// - Parameter shared: Where the block comes from, when other networks use it too. A network with
  ///   integers among its values has its own: another's unused lanes would read them as floats.
  /// - Throws: `GraphError.memoryLimit` before anything is allocated, or `.outOfMemory`.
  init(
    _ allocator: StorageAllocator, constants: [Tensor], border: Int, lanes: Int, byteLimit: Int,
    shared: WorkingMemory?
  ) throws {
    let shared = allocator.arrays.allSatisfy(\.holdsFloats) ? shared : nil
    self.border = border
    self.lanes = lanes
    self.constants = try constants.map { try $0.owned() }
    planeCounts = allocator.planeCounts
    let sizes = allocator.planeCounts.keys.sorted { ($0.height, $0.width) > ($1.height, $1.width) }
    let groups = sizes.map { size in
      let life = allocator.planeLives[size]!
      let bytes = StorageAllocator.planeByteCount(size, border: border, lanes: lanes)
      return LivingBuffer(
        byteCount: allocator.planeCounts[size]! * bytes, first: life.first, last: life.last)
    }
    let placement = BufferPlacement(groups + allocator.arrays)
    planeOffsets = Dictionary(uniqueKeysWithValues: zip(sizes, placement.offsets))
    arrayOffsets = Array(placement.offsets.dropFirst(sizes.count))
    byteCount = placement.byteCount
    sharedPlanes = Dictionary(
      grouping: sizes.indices.filter { shared != nil || placement.sharesMemory($0) },
      by: { groups[$0].first }
    ).mapValues { $0.map { sizes[$0] } }
    guard byteCount <= byteLimit else {
      throw GraphError.memoryLimit(byteCount: byteCount, byteLimit: byteLimit)
    }
    // Fresh pages are zero: the borders of planes that share memory with nothing stay so.
    block = try shared?.block(byteCount: byteCount) ?? MemoryBlock(byteCount: byteCount)
  }

  deinit {
    for list in planeLists { list.deallocate() }
  }

  func pointer(_ value: PlanarValue) -> UnsafeMutableRawPointer {
    switch value.base {
    case .array(let index): return block.start + arrayOffsets[index] + value.byteOffset
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
      width: Int32(value.width), border: Int32(border), pitch: 0, planes: UnsafePointer(list))
  }

  /// Rectangles of a blocked value, each as a blocked value of its own.
  func parts(_ value: BlockedValue, _ regions: [SpatialRegion]) -> [ck_blocked] {
    let pitch = value.width + 2 * border
    return regions.map { region in
      var part = value
      part.height = region.rows.count
      part.width = region.columns.count
      var result = blocked(part)
      let first = (region.rows.lowerBound * pitch + region.columns.lowerBound) * lanes
      let list = planeLists[planeLists.count - 1]
      for index in value.planes.indices { list[index] = pointer(value.planes[index]) + first }
      result.pitch = Int32(pitch)
      return result
    }
  }

  /// `[N, C, H, W]`, contiguous, as the kernels' view of it.
  func planar(_ value: PlanarValue) -> ck_planar {
    let shape = value.type.shape
    return ck_planar(
      values: UnsafePointer(floats(value)), channels: Int32(shape[1]), height: Int32(shape[2]),
      width: Int32(shape[3]), row: shape[3], plane: shape[2] * shape[3])
  }

  /// All planes of a size, as one blocked value.
  func allPlanes(_ size: PlaneSize) -> ck_blocked {
    let count = planeCounts[size]!
    return blocked(
      BlockedValue(
        batch: 1, channels: count * lanes, height: size.height, width: size.width,
        planes: (0..<count).map { PlaneID(size: size, index: $0) }))
  }

  /// Pixel (0, 0) of a plane.
  private func pointer(_ plane: PlaneID) -> UnsafeMutablePointer<Float> {
    let bytes = StorageAllocator.planeByteCount(plane.size, border: border, lanes: lanes)
    let start = block.start + planeOffsets[plane.size]! + plane.index * bytes
    let row = (plane.size.width + 2 * border) * lanes
    return start.assumingMemoryBound(to: Float.self) + border * row + border * lanes
  }
}
