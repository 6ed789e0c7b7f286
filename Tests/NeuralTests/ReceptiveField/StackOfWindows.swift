import Neural
import TestSupport
import Testing

/// A network of named windows under construction, one channel wide, for receptive fields.
struct StackOfWindows {
  private(set) var graph = Graph()
  /// The value behind each layer, by name.
  private(set) var values: [String: Graph.ValueID] = [:]
  private(set) var top: Graph.ValueID
  private let rank: Int
  private let side: Int

  /// - Parameter rank: Spatial axes of the input.
  init(side: Int, rank: Int = 2) {
    self.side = side
    self.rank = rank
    top = graph.addInput(
      name: "x", elementType: .float32,
      dimensions: [.fixed(1), .fixed(1)] + .init(repeating: .fixed(side), count: rank))
  }

  private func all(_ value: Int) -> [Int] { .init(repeating: value, count: rank) }

  mutating func convolution(
    _ name: String, kernel: Int, stride: Int = 1, padding: Int = 0, dilation: Int = 1
  ) throws {
    let weights = graph.addConstant(
      try Tensor(
        .init(repeating: Float(0.5), count: all(kernel).reduce(1, *)), shape: [1, 1] + all(kernel)),
      name: "weights")
    append(
      Convolution(
        strides: all(stride), dilations: all(dilation), padsBegin: all(padding),
        padsEnd: all(padding)), name, [top, weights])
  }

  mutating func pool(
    _ name: String, kernel: Int, stride: Int, padding: Int = 0, autoPad: AutoPad = .notSet
  ) {
    append(
      MaxPool(
        kernel: all(kernel), strides: all(stride), dilations: all(1), padsBegin: all(padding),
        padsEnd: all(padding), autoPad: autoPad), name, [top])
  }

  /// Adds the top and an earlier value.
  mutating func add(_ name: String, to value: Graph.ValueID) {
    append(ElementwiseBinary(function: .add), name, [top, value])
  }

  mutating func append(_ operation: any Operator, _ name: String, _ inputs: [Graph.ValueID?]) {
    top = graph.append(operation, name: name, inputs: inputs)
    values[name] = top
  }

  /// Runs `body` on another path from `value` and returns its end; the top stays.
  mutating func branch(
    from value: Graph.ValueID, _ body: (inout StackOfWindows) throws -> Void
  ) rethrows -> Graph.ValueID {
    let main = top
    top = value
    try body(&self)
    defer { top = main }
    return top
  }

  mutating func addConstant(_ tensor: Tensor) -> Graph.ValueID {
    graph.addConstant(tensor, name: "constant")
  }

  /// The fields of all layers, which all stay outputs.
  func fields() throws -> (shaped: ShapedGraph, fields: ReceptiveFields) {
    var graph = graph
    for (name, value) in values.sorted(by: { $0.key < $1.key }) {
      graph.addOutput(value, name: name)
    }
    let shaped = try ShapedGraph(graph)
    return (shaped, try ReceptiveFields(shaped))
  }
}
