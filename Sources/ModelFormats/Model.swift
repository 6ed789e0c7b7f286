package import Neural

/// The format a model was read from.
package enum ModelFormat: String, Hashable, Sendable {
  case onnx, darknet
}

/// Name, element type and shape of a value as the model file declares it, before any promotion.
package struct TensorInfo: Hashable, Sendable {
  package var name: String
  /// As ONNX and NumPy name it, e.g. `float16`; also types that the runtime lacks, e.g. `string`.
  package var elementType: String
  /// `nil` where the file declares no shape.
  package var dimensions: [Graph.Dimension]?

  package init(name: String, elementType: String, dimensions: [Graph.Dimension]?) {
    self.name = name
    self.elementType = elementType
    self.dimensions = dimensions
  }

  /// The sizes, when the file fixes them all.
  package var shape: [Int]? {
    guard let dimensions else { return nil }
    var sizes: [Int] = []
    for dimension in dimensions {
      guard case .fixed(let size) = dimension else { return nil }
      sizes.append(size)
    }
    return sizes
  }
}

/// A node that is legal in its format but that this toolkit cannot run.
package struct UnsupportedOperator: Hashable, Sendable {
  package var node: String
  package var operation: String
  /// Empty for the format's own operators.
  package var domain: String
  package var reason: String

  package init(node: String, operation: String, domain: String, reason: String) {
    self.node = node
    self.operation = operation
    self.domain = domain
    self.reason = reason
  }
}

/// A network read from a file: its graph and what the file says about it.
package struct Model: Sendable {
  package var format: ModelFormat
  package var graph: Graph
  /// Key–value pairs of the file (ONNX `metadata_props`): class names, strides, … of exporters.
  package var metadata: [String: String] = [:]
  /// Program and version that wrote the file; may be empty.
  package var producer = ""
  /// Version of each operator domain that the file imports; the empty domain is ONNX's own.
  package var opsets: [String: Int] = [:]
  /// The inputs and outputs with the types of the file: the graph itself computes in Float32 where
  /// these say `float16`, `bfloat16` or `float64`.
  package var inputs: [TensorInfo] = []
  package var outputs: [TensorInfo] = []
  /// The stored tensors, with the types of the file.
  package var tensors: [TensorInfo] = []
  /// Floating-point elements of all stored tensors.
  package var parameterCount = 0
  /// Nodes of the file's graph; the graph here may have more or fewer.
  package var nodeCount = 0
  /// Nodes of the file's graph by operator.
  package var operatorCounts: [String: Int] = [:]
  /// Nodes that can be described but not run. A graph runs only when this is empty.
  package var unsupported: [UnsupportedOperator] = []
  /// The detection layers of a Darknet network, in the order of the graph's outputs.
  package var darknetHeads: [DarknetHead] = []

  package init(format: ModelFormat, graph: Graph) {
    self.format = format
    self.graph = graph
  }
}

extension Model {
  /// Checks sizes and attributes throughout, by specialising the graph to the sizes that the file
  /// declares.
  ///
  /// Does nothing for a model with unsupported nodes, or one whose inputs leave sizes open: those
  /// are checked when sizes are given.
  ///
  /// - Throws: `GraphError`, naming the node.
  package func validate() throws {
    guard unsupported.isEmpty else { return }
    let isFixed = graph.inputs.allSatisfy { input in
      input.dimensions?.allSatisfy { if case .fixed = $0 { true } else { false } } ?? false
    }
    guard isFixed else { return }
    do {
      _ = try ShapedGraph(graph)
    } catch GraphError.unsupported {
      // As below.
    } catch GraphError.dependsOnData {
      // Legal, but beyond this toolkit: what cannot be run can still be described.
    }
  }
}
