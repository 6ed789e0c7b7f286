/// The receptive fields of all values of a graph, with respect to one of its inputs.
///
/// Worked out from the first node to the last: a window of extent `e` (`(k - 1) * dilation + 1`)
/// and stride `s` turns a field of size `r` and stride `j` into one of size `r + (e - 1) * j` and
/// stride `j * s`; where paths meet, their union counts.
package struct ReceptiveFields: Sendable {
  private let fields: [Graph.ValueID: ReceptiveField]

  /// - Parameters:
  ///   - graph: Before or after passes.
  ///   - input: Which input's elements count, `[N, C, spatial...]`; by default the first.
  /// - Throws: `OperatorError` when a node does not fit its inputs, which a finished graph rules
  ///   out.
  package init(_ graph: ShapedGraph, input: Int = 0) throws {
    var fields: [Graph.ValueID: ReceptiveField] = [:]
    if graph.graph.inputs.indices.contains(input) {
      let value = graph.graph.inputs[input].value
      let spatialCount = max(graph.type(of: value).shape.count - 2, 0)
      let roles = [.other, .other] + (0..<spatialCount).map(LocalField.Role.spatial)
      fields[value] = .local(
        LocalField(
          axes: .init(repeating: .input, count: spatialCount),
          roles: Array(roles.prefix(graph.type(of: value).shape.count))))
    }
    for node in graph.graph.nodes {
      let outputs = try Self.fields(of: node, graph, fields)
      for (value, field) in zip(node.outputs, outputs) { fields[value] = field }
    }
    self.fields = fields
  }

  /// The receptive field of a value.
  package subscript(value: Graph.ValueID) -> ReceptiveField { fields[value] ?? .independent }

  private static func fields(
    of node: Graph.Node, _ graph: ShapedGraph, _ known: [Graph.ValueID: ReceptiveField]
  ) throws -> [ReceptiveField] {
    var local: [LocalField?] = []
    for value in node.inputs {
      switch value.map({ known[$0] ?? .independent }) ?? .independent {
      case .independent: local.append(nil)
      case .local(let field): local.append(field)
      case .unbounded(let name, let operation):
        return node.outputs.map { _ in .unbounded(node: name, operation: operation) }
      }
    }
    guard local.contains(where: { $0 != nil }) else {
      return node.outputs.map { _ in .independent }
    }
    let context = FieldContext(
      inputs: node.inputs.map { value in
        value.map { OperatorInput(type: graph.type(of: $0), constant: graph.graph.constants[$0]) }
      }, fields: local, outputs: node.outputs.map(graph.type(of:)))
    guard let rule = node.operation as? any FieldRule, let outputs = try rule.fields(context),
      outputs.count >= node.outputs.count
    else {
      return node.outputs.map { _ in
        .unbounded(node: node.name, operation: node.operation.name)
      }
    }
    return outputs.map(ReceptiveField.local)
  }
}

/// A node's inputs and outputs as a receptive field rule sees them.
struct FieldContext {
  var inputs: [OperatorInput?]
  /// As `inputs`; `nil` for inputs that are absent or do not depend on the network's input.
  var fields: [LocalField?]
  var outputs: [TensorType]

  func shape(_ index: Int) -> [Int] { inputs[index]?.type.shape ?? [] }

  /// The field of input `index` when it is the only one that depends on the network's input.
  func only(_ index: Int) -> LocalField? {
    for other in fields.indices where other != index && fields[other] != nil { return nil }
    return fields.indices.contains(index) ? fields[index] : nil
  }

  func integers(_ index: Int) throws -> [Int]? {
    try OperatorInputs(inputs, count: 0...max(inputs.count, index + 1))
      .optionalIntegers(index, "input \(index)")
  }
}

/// An operator that says what its outputs see, given what its inputs see.
protocol FieldRule: Operator {
  /// The fields of the outputs, or `nil` when an element may depend on elements from all over the
  /// input. At least one input has a field.
  func fields(_ context: FieldContext) throws -> [LocalField]?
}
