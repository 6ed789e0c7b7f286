/// A network as a list of nodes in execution order, before it is specialised to input sizes.
///
/// Values are numbered; a value is a network input, a constant, or the output of exactly one node.
/// Readers build graphs with `GraphBuilder`-like calls below; passes rewrite them and never run
/// them; `ShapedGraph` specialises one to given input shapes.
package struct Graph: Sendable {
  /// A value's number. Valid in the graph that made it.
  package struct ValueID: Hashable, Sendable {
    package var index: Int
  }

  /// One axis of a network input: a number, or unknown until run time.
  package enum Dimension: Hashable, Sendable {
    case fixed(Int)
    /// The symbol's name, possibly empty.
    case symbolic(String)
  }

  package struct Input: Sendable {
    package var name: String
    package var value: ValueID
    package var elementType: ElementType
    /// `nil` when the file declares no shape at all.
    package var dimensions: [Dimension]?
  }

  package struct Output: Sendable {
    package var name: String
    package var value: ValueID
  }

  package struct Node: Sendable {
    /// For messages; unique where the file's names are.
    package var name: String
    package var operation: any Operator
    package var inputs: [ValueID?]
    package var outputs: [ValueID]
  }

  package var inputs: [Input] = []
  package var outputs: [Output] = []
  /// In execution order: a node reads only inputs, constants and outputs of earlier nodes.
  package var nodes: [Node] = []
  package var constants: [ValueID: Tensor] = [:]
  /// The name of each value, by number, as the file has it.
  package var valueNames: [String] = []

  package init() {}

  /// Makes a value that has no definition yet.
  package mutating func addValue(name: String) -> ValueID {
    valueNames.append(name)
    return ValueID(index: valueNames.count - 1)
  }

  package mutating func addInput(
    name: String, elementType: ElementType, dimensions: [Dimension]?
  ) -> ValueID {
    let value = addValue(name: name)
    inputs.append(Input(name: name, value: value, elementType: elementType, dimensions: dimensions))
    return value
  }

  package mutating func addConstant(_ tensor: Tensor, name: String) -> ValueID {
    let value = addValue(name: name)
    constants[value] = tensor
    return value
  }

  /// Appends a node that defines existing values.
  package mutating func addNode(
    _ operation: any Operator, name: String, inputs: [ValueID?], outputs: [ValueID]
  ) {
    nodes.append(Node(name: name, operation: operation, inputs: inputs, outputs: outputs))
  }

  /// Appends a node with one new output and returns it.
  package mutating func append(
    _ operation: any Operator, name: String, inputs: [ValueID?]
  ) -> ValueID {
    let output = addValue(name: name)
    addNode(operation, name: name, inputs: inputs, outputs: [output])
    return output
  }

  package mutating func addOutput(_ value: ValueID, name: String) {
    outputs.append(Output(name: name, value: value))
  }
}
