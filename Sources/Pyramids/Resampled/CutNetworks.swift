internal import Detectors
internal import Geometry
internal import Neural

/// A dense detector's network divided at a cut: a backbone per real level, and per level the rest,
/// which begins by resampling the backbone's maps to the level.
///
/// Not for concurrent use.
final class CutNetworks {
  /// What makes one level's rest differ from another's.
  private struct RestKey: Hashable {
    var size: Size
    var source: Size
    var factors: [Double]
  }

  let cut: GraphCut
  private let graph: Graph
  private let inputName: String
  /// Per value of the cut, cells to the first centre along height and width.
  private let firstCentres: [[Double]]
  private let options: ExecutionOptions
  private let workers: WorkerPool
  private let memory = WorkingMemory()
  private var backbones: [(key: Size, network: Network)] = []
  private var rests: [(key: RestKey, network: Network)] = []

  /// Networks of each kind kept at most, and bytes of their intermediate values while more than one
  /// is kept.
  private static let countLimit = 64
  private static let byteLimit = 1 << 30

  /// - Parameters:
  ///   - layer: Where to cut; `nil` chooses.
  ///   - size: An input size that the detector accepts.
  /// - Throws: `GraphError.malformed` where the network cannot be cut there.
  init(_ dense: any DenseDetector, layer: String?, size: Size) throws {
    let graph = try dense.graph
    let inputName = graph.inputs[0].name
    let shaped = try Self.shaped(graph, inputName, size)
    let cut: GraphCut
    if let layer {
      cut = try shaped.cut(after: layer)
    } else if let chosen = Self.defaultCut(try shaped.cutCandidates()) {
      cut = chosen
    } else {
      throw GraphError.malformed("the network has no place where only maps cross")
    }
    let fields = try ReceptiveFields(shaped)
    firstCentres = try cut.values.map { value in
      guard let axes = fields[value].mapAxes else {
        throw GraphError.malformed("what crosses at \(cut.name) is no map")
      }
      return axes.map { ($0.start + 0.5) / $0.stride }
    }
    self.graph = graph
    self.inputName = inputName
    self.cut = cut
    options = dense.executionOptions
    workers = try WorkerPool(threads: dense.executionOptions.threads)
  }

  /// Cells whose fields are wider than so many input pixels tell apart objects of different sizes, so
  /// that the map of one size of picture is not that of another.
  private static let fieldLimit = 24.0

  /// Of the cuts that a single map of small receptive fields crosses the one with the most work before
  /// it, up to four fifths; the first of all where there is none.
  static func defaultCut(_ candidates: [GraphCut.Candidate]) -> GraphCut? {
    let local = candidates.filter { candidate in
      candidate.share <= 0.8 && candidate.cut.values.count == 1
        && candidate.fields[0].allSatisfy { $0.size <= fieldLimit }
    }
    return (local.last ?? candidates.first)?.cut
  }

  private static func shaped(_ graph: Graph, _ inputName: String, _ size: Size) throws
    -> ShapedGraph
  {
    try ShapedGraph(graph, inputShapes: [inputName: [1, 3, size.height, size.width]])
  }

  /// The network from the picture to the cut's maps.
  ///
  /// - Throws: `GraphError`.
  func backbone(for size: Size) throws -> Network {
    if let index = backbones.firstIndex(where: { $0.key == size }) {
      backbones.append(backbones.remove(at: index))
      return backbones[backbones.count - 1].network
    }
    let part = try Self.shaped(graph, inputName, size).divided(at: cut).backbone
    let network = try Network(part, options: options, workers: workers)
    backbones.append((size, network))
    Self.trim(&backbones)
    return network
  }

  /// The network from a real level's maps to the outputs of a level of another size.
  ///
  /// - Parameters:
  ///   - source: The input size of the real level.
  ///   - factors: What the maps are multiplied by, one per value of the cut.
  /// - Throws: `GraphError`.
  func rest(for size: Size, from source: Size, factors: [Double]) throws -> Network {
    let key = RestKey(size: size, source: source, factors: factors)
    if let index = rests.firstIndex(where: { $0.key == key }) {
      rests.append(rests.remove(at: index))
      return rests[rests.count - 1].network
    }
    let part = try Self.shaped(graph, inputName, size).divided(at: cut).rest
    let shapes = try backbone(for: source).outputs.map(\.type.shape)
    let scales = [
      Double(size.height) / Double(source.height), Double(size.width) / Double(source.width),
    ]
    let resampled = try part.resamplingInputs(
      shapes.indices.map {
        MapResampling(
          shape: shapes[$0], scales: scales, firstCentres: firstCentres[$0], factor: factors[$0])
      })
    let network = try Network(resampled, options: options, workers: workers, memory: memory)
    rests.append((key, network))
    Self.trim(&rests)
    return network
  }

  private static func trim<Key>(_ entries: inout [(key: Key, network: Network)]) {
    func bytes() -> Int { entries.reduce(0) { $0 + $1.network.workingByteCount } }
    while entries.count > countLimit || (entries.count > 1 && bytes() > byteLimit) {
      entries.removeFirst()
    }
  }
}

extension Network {
  /// Copies another network's outputs to this one's inputs, one to one in their order.
  func takeInputs(from other: Network) {
    for index in inputs.indices {
      other.withOutput(index) { values in
        withInput(index) { input in
          _ = input.update(fromContentsOf: values)
        }
      }
    }
  }
}
