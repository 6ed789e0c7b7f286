/// Element type and shape of a value: everything that is known without running the graph.
package struct TensorType: Hashable, Sendable {
  package var elementType: ElementType
  package var shape: [Int]

  package init(_ elementType: ElementType, _ shape: [Int]) {
    self.elementType = elementType
    self.shape = shape
  }
}

/// What an operator is told about one of its inputs while a graph is specialised to its input sizes.
package struct OperatorInput: Sendable {
  package var type: TensorType
  /// The value, when it does not depend on the network's input (weights, shape arithmetic).
  package var constant: Tensor?

  package init(type: TensorType, constant: Tensor? = nil) {
    self.type = type
    self.constant = constant
  }
}

/// One node's computation: attributes, shape inference, reference evaluation and cost.
///
/// Operators follow the newest ONNX definition of their name (parameters such as axes and shapes
/// are inputs, not attributes); readers of older files translate. Layout is always logical
/// row-major `[N, C, spatial...]`; faster layouts are the plan's business, never the operator's.
/// An absent optional input is `nil`.
package protocol Operator: Sendable {
  /// The name in messages, e.g. `Conv`.
  var name: String { get }

  /// The types of the outputs.
  ///
  /// - Throws: `OperatorError` naming the offending attribute or shape and what is allowed.
  func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType]

  /// The outputs, by the plainest correct code: the twin that faster kernels are tested against,
  /// and the way constants are folded.
  func evaluate(_ inputs: [Tensor?]) throws -> [Tensor]

  /// Multiply–add operations of one evaluation (0 where the work is not of that kind).
  func multiplyAdds(inputs: [TensorType?], outputs: [TensorType]) -> Int
}

extension Operator {
  package func multiplyAdds(inputs: [TensorType?], outputs: [TensorType]) -> Int { 0 }
}

/// Why an operator refuses its attributes or inputs. The graph adds the node's name.
package enum OperatorError: Error, Hashable, Sendable, CustomStringConvertible {
  /// An attribute or parameter input with a value outside what the operator allows.
  case invalidAttribute(String, String)
  /// Input shapes or types that do not fit together.
  case invalidInput(String)
  /// A legal use that this toolkit does not carry out (yet).
  case unsupported(String)
  /// Something that must be known before a run follows from the values of one: only evaluation node
  /// by node can go on.
  case dependsOnData(String)

  package var description: String {
    switch self {
    case .invalidAttribute(let name, let detail): "attribute \(name): \(detail)"
    case .invalidInput(let detail): detail
    case .unsupported(let detail): "not supported: \(detail)"
    case .dependsOnData(let what): "not supported: \(what) must not depend on the network's input"
    }
  }
}
