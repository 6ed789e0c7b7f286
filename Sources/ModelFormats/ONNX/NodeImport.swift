internal import Neural

/// One node on its way into the graph: its inputs and attributes to read, and the calls by which an
/// operator's importer defines its outputs.
final class NodeImport {
  let name: String
  let operatorName: String
  /// Version of the operator set that the node is read under.
  let version: Int
  let inputs: [Graph.ValueID?]
  let outputs: [Graph.ValueID]
  var attributes: NodeAttributes
  let importer: GraphImporter
  /// The names that graphs inside the node may read.
  let scope: GraphImporter.Scope

  init(
    name: String, operatorName: String, version: Int, inputs: [Graph.ValueID?],
    outputs: [Graph.ValueID], attributes: NodeAttributes, importer: GraphImporter,
    scope: GraphImporter.Scope
  ) {
    self.name = name
    self.operatorName = operatorName
    self.version = version
    self.inputs = inputs
    self.outputs = outputs
    self.attributes = attributes
    self.importer = importer
    self.scope = scope
  }

  // MARK: Inputs

  /// The input at `index`, which must be there.
  func input(_ index: Int) throws -> Graph.ValueID {
    guard let value = optionalInput(index) else {
      throw AttributeError("input \(index) is missing")
    }
    return value
  }

  func optionalInput(_ index: Int) -> Graph.ValueID? {
    inputs.indices.contains(index) ? inputs[index] : nil
  }

  /// The value of an input that is stored in the file.
  func constant(_ index: Int) -> Tensor? {
    optionalInput(index).flatMap { importer.graph.constants[$0] }
  }

  /// Number of axes of a value, where the file says it.
  func rank(_ value: Graph.ValueID) -> Int? { importer.ranks[value] }

  // MARK: Attributes

  func integer(_ name: String, default value: Int) throws -> Int {
    try attributes.integer(name) ?? value
  }

  func float(_ name: String, default value: Float) throws -> Float {
    try attributes.float(name) ?? value
  }

  func flag(_ name: String, default value: Bool = false) throws -> Bool {
    let number = try attributes.integer(name) ?? (value ? 1 : 0)
    guard number == 0 || number == 1 else {
      throw AttributeError("attribute \(name) is \(number), allowed are 0 and 1")
    }
    return number == 1
  }

  /// The choice that a string attribute names.
  func choice<Choice>(
    _ name: String, default value: String, _ choices: KeyValuePairs<String, Choice>
  ) throws -> Choice {
    let text = try attributes.string(name) ?? value
    if let match = choices.first(where: { $0.key == text }) { return match.value }
    let allowed = choices.map(\.key).joined(separator: ", ")
    throw AttributeError(
      "attribute \(name) is \"\(printable(text))\", allowed are \(allowed)")
  }

  // MARK: Definitions

  /// Defines the node's outputs by one operator.
  func define(_ operation: any Operator, _ inputs: [Graph.ValueID?]) {
    importer.graph.addNode(operation, name: name, inputs: inputs, outputs: outputs)
  }

  /// Defines one of the node's outputs by an operator.
  func define(_ operation: any Operator, _ inputs: [Graph.ValueID?], output: Int) {
    importer.graph.addNode(operation, name: name, inputs: inputs, outputs: [outputs[output]])
  }

  /// Defines the node's outputs by one operator that reads the node's inputs as they are.
  func define(_ operation: any Operator) { define(operation, inputs) }

  /// Defines the node's only output as a stored tensor.
  func define(constant tensor: Tensor) throws {
    importer.graph.constants[outputs[0]] = tensor
  }

  /// A value that the file has no name for, computed by one operator.
  func intermediate(_ operation: any Operator, _ inputs: [Graph.ValueID?]) -> Graph.ValueID {
    importer.graph.append(operation, name: name, inputs: inputs)
  }

  /// A stored vector of integers: axes, pads, shapes.
  func vector(_ elements: [Int]) throws -> Graph.ValueID {
    importer.graph.addConstant(try Tensor(vector: elements), name: name)
  }

  func vector(_ elements: [Float]) throws -> Graph.ValueID {
    importer.graph.addConstant(
      try Tensor(elements, shape: [elements.count]), name: name)
  }

  func scalar(_ element: Float) throws -> Graph.ValueID {
    importer.graph.addConstant(try Tensor([element], shape: []), name: name)
  }

  /// A parameter that is an attribute in operator sets before `inputSince` and an input from then
  /// on; `nil` when absent.
  func parameter(
    _ attribute: String, input index: Int, inputSince: Int
  ) throws -> Graph.ValueID? {
    guard version < inputSince else { return optionalInput(index) }
    return try attributes.integers(attribute).map { try vector($0) }
  }
}
