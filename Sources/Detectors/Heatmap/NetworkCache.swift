internal import Geometry
internal import Neural

/// One graph compiled for the input sizes used last.
struct NetworkCache {
  /// Networks kept at most, and bytes that their intermediate values may take together while more
  /// than one is kept.
  static let countLimit = 4
  static let byteLimit = 1 << 30

  let graph: Graph
  let options: ExecutionOptions
  private let memory = WorkingMemory()
  /// The one used last comes last.
  private var entries: [(size: Size, network: Network)] = []

  init(graph: Graph, options: ExecutionOptions) {
    self.graph = graph
    self.options = options
  }

  /// The sizes of the networks kept, the one used last at the end.
  var sizes: [Size] { entries.map(\.size) }

  /// The network for one picture of `size`.
  ///
  /// - Throws: `GraphError` where the graph does not take that size.
  mutating func network(for size: Size) throws -> Network {
    if let index = entries.firstIndex(where: { $0.size == size }) {
      let entry = entries.remove(at: index)
      entries.append(entry)
      return entry.network
    }
    // Room is made first, so that old and new networks do not add up.
    // The one used last lends its threads.
    while entries.count >= Self.countLimit || (entries.count > 1 && byteCount > Self.byteLimit / 2)
    {
      entries.removeFirst()
    }
    let network = try Network(
      graph: graph, inputShapes: [graph.inputs[0].name: [1, 3, size.height, size.width]],
      options: options, workers: entries.last?.network.workers, memory: memory)
    entries.append((size, network))
    while entries.count > 1 && byteCount > Self.byteLimit { entries.removeFirst() }
    return network
  }

  /// Checks, without planning a network, that the graph takes a size.
  ///
  /// - Throws: `GraphError` where it does not.
  func check(_ size: Size) throws {
    if entries.contains(where: { $0.size == size }) { return }
    _ = try ShapedGraph(
      graph, inputShapes: [graph.inputs[0].name: [1, 3, size.height, size.width]])
  }

  private var byteCount: Int { entries.reduce(0) { $0 + $1.network.workingByteCount } }
}
