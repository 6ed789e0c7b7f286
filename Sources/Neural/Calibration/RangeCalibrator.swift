/// Watches values of a network over pictures: the mean of the ranges that hold all but the outermost
/// elements.
///
/// The quantiles hold a range against single elements, the mean over pictures against single
/// pictures; what falls outside is clipped.
package final class RangeCalibrator {
  /// The share of a picture's elements that a range leaves out at either end.
  private static let tailShare = 1e-4

  private let network: Network
  private let names: [String]
  private var ranges: [(low: RunningMean, high: RunningMean)]

  /// - Parameters:
  ///   - names: Values of the graph; those that it lacks, or that are no Float32, are left out.
  /// - Throws: `GraphError`.
  package init(
    _ graph: Graph, inputShapes: [String: [Int]], names: Set<String>, options: ExecutionOptions
  ) throws {
    var observed = graph
    var taken: Set<Graph.ValueID> = []
    observed.outputs = []
    let shaped = try ShapedGraph(graph, inputShapes: inputShapes)
    let made = graph.inputs.map(\.value) + graph.nodes.flatMap(\.outputs)
    for value in made
    where names.contains(graph.valueNames[value.index]) && taken.insert(value).inserted
      && shaped.types[value]?.elementType == .float32 && shaped.graph.constants[value] == nil
    {
      observed.addOutput(value, name: graph.valueNames[value.index])
    }
    network = try Network(graph: observed, inputShapes: inputShapes, options: options)
    self.names = observed.outputs.map(\.name)
    ranges = observed.outputs.map { _ in (RunningMean(), RunningMean()) }
  }

  /// Runs the network on one picture's input.
  ///
  /// - Throws: `GraphError`.
  package func add(_ input: Tensor) throws {
    let outputs = try network.run([input])
    for (index, output) in outputs.enumerated() {
      let range = output.withElements(Float.self) {
        TailQuantiles.range(of: $0, share: Self.tailShare)
      }
      guard let range else { continue }
      ranges[index].low.add(Double(range.lowerBound))
      ranges[index].high.add(Double(range.upperBound))
    }
  }

  /// The range of each value that was seen.
  package var result: [String: ClosedRange<Float>] {
    var result: [String: ClosedRange<Float>] = [:]
    for (name, range) in zip(names, ranges) where range.low.count > 0 {
      result[name] = Float(range.low.mean)...Float(max(range.high.mean, range.low.mean))
    }
    return result
  }
}
