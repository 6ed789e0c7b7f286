internal import Detectors
internal import Geometry
internal import Neural

/// The layouts used last, with their networks.
struct PackedCache {
  /// `nil` chooses, see `PackedLevels`.
  let canvas: Size?
  /// The newest at the end.
  private var layouts: [PackedLevels] = []
  private var workers: WorkerPool?
  private let memory = WorkingMemory()

  private static let countLimit = 4
  /// Bytes that the intermediate values of layouts not in use may take, if none share them.
  private static let byteLimit = 1 << 28

  init(canvas: Size?) { self.canvas = canvas }

  /// The layout of levels of these sizes.
  ///
  /// - Throws: `PyramidError.unsuitable` for a network that cannot be packed; as `PackedLevels`.
  mutating func levels(_ sizes: [Size], of dense: any DenseDetector) throws -> PackedLevels {
    if let index = layouts.firstIndex(where: { $0.sizes == sizes }) {
      let layout = layouts.remove(at: index)
      layouts.append(layout)
      return layout
    }
    while layouts.count >= Self.countLimit
      || layouts.reduce(0, { $0 + $1.workingByteCount }) > Self.byteLimit
    {
      layouts.removeFirst()
    }
    let workers = try self.workers ?? WorkerPool(threads: dense.executionOptions.threads)
    self.workers = workers
    do {
      let layout = try PackedLevels(
        dense, sizes: sizes, canvas: canvas, workers: workers, memory: memory)
      layouts.append(layout)
      return layout
    } catch let error as RegionError {
      throw PyramidError.unsuitable(strategy: "packed", reason: "\(error)")
    }
  }
}
