internal import Geometry
internal import Neural

/// A grid detector's networks for input sizes other than its own, and how their outputs are read.
struct GridSizes {
  /// Networks kept at most, and bytes that their intermediate values may take together while more
  /// than one is kept.
  private static let countLimit = 12
  private static let byteLimit = 1 << 30
  private static let planLimit = 256

  let options: ExecutionOptions
  private let workers: WorkerPool
  private let memory = WorkingMemory()
  /// The one used last comes last.
  private var networks: [(size: Size, network: Network)] = []
  /// `nil` for a size that the graph does not take.
  private var plans: [Size: GridPlan?] = [:]

  /// - Parameter workers: Of the detector's own network.
  init(options: ExecutionOptions, workers: WorkerPool) {
    self.options = options
    self.workers = workers
  }

  /// How outputs are read at a size.
  ///
  /// - Throws: `GraphError`, `DetectorError` where the graph does not take that size.
  mutating func plan(_ size: Size, _ source: GridSource) throws -> GridPlan {
    if case .some(.some(let plan)) = plans[size] { return plan }
    let plan = try source.compile(size).plan
    remember(plan, size)
    return plan
  }

  /// Whether the graph takes a size.
  mutating func accepts(_ size: Size, _ source: GridSource) -> Bool {
    if let known = plans[size] { return known != nil }
    if (try? plan(size, source)) != nil { return true }
    remember(nil, size)
    return false
  }

  /// - Throws: As `plan(_:_:)`.
  mutating func network(_ size: Size, _ source: GridSource) throws -> Network {
    if let index = networks.firstIndex(where: { $0.size == size }) {
      let entry = networks.remove(at: index)
      networks.append(entry)
      return entry.network
    }
    // Room is made first, so that old and new networks do not add up.
    while networks.count >= Self.countLimit || byteCount > Self.byteLimit / 2 {
      networks.removeFirst()
    }
    let compiled = try source.compile(size)
    remember(compiled.plan, size)
    let network = try Network(
      compiled.shaped, options: options, workers: workers, memory: memory)
    networks.append((size, network))
    while networks.count > 1 && byteCount > Self.byteLimit { networks.removeFirst() }
    return network
  }

  private mutating func remember(_ plan: GridPlan?, _ size: Size) {
    if plans.count >= Self.planLimit { plans.removeAll() }
    plans[size] = .some(plan)
  }

  private var byteCount: Int { networks.reduce(0) { $0 + $1.network.workingByteCount } }
}
