import FoundationEssentials
import ModelFormats
import Neural
import SwiftProtobuf

/// Builds small ONNX models in memory for tests.
struct ONNXModelBuilder {
  var proto = Onnx_ModelProto()

  init(opset: Int = 17, irVersion: Int = 8) {
    proto.irVersion = Int64(irVersion)
    proto.opsetImport = [Onnx_OperatorSetIdProto.with { $0.version = Int64(opset) }]
    proto.graph.name = "g"
  }

  static func type(_ dims: [Int], dataType: Int = 1) -> Onnx_TypeProto {
    Onnx_TypeProto.with { type in
      type.tensorType.elemType = Int32(dataType)
      type.tensorType.shape.dim = dims.map { size in
        Onnx_TensorShapeProto.Dimension.with { $0.dimValue = Int64(size) }
      }
    }
  }

  mutating func input(_ name: String, _ dims: [Int], dataType: Int = 1) {
    proto.graph.input.append(
      Onnx_ValueInfoProto.with {
        $0.name = name
        $0.type = Self.type(dims, dataType: dataType)
      })
  }

  mutating func output(_ name: String) {
    proto.graph.output.append(Onnx_ValueInfoProto.with { $0.name = name })
  }

  static func tensor(_ name: String, _ dims: [Int], floats: [Float]) -> Onnx_TensorProto {
    Onnx_TensorProto.with {
      $0.name = name
      $0.dataType = 1
      $0.dims = dims.map(Int64.init)
      $0.floatData = floats
    }
  }

  static func tensor(_ name: String, _ dims: [Int], integers: [Int]) -> Onnx_TensorProto {
    Onnx_TensorProto.with {
      $0.name = name
      $0.dataType = 7
      $0.dims = dims.map(Int64.init)
      $0.int64Data = integers.map(Int64.init)
    }
  }

  static func raw<T>(_ name: String, _ dims: [Int], type: Int, _ elements: [T]) -> Onnx_TensorProto
  {
    Onnx_TensorProto.with {
      $0.name = name
      $0.dataType = Int32(type)
      $0.dims = dims.map(Int64.init)
      $0.rawData = elements.withUnsafeBytes { Data($0) }
    }
  }

  mutating func weights(_ tensor: Onnx_TensorProto) { proto.graph.initializer.append(tensor) }

  @discardableResult
  mutating func node(
    _ operation: String, _ inputs: [String], _ outputs: [String], name: String = "",
    domain: String = "", _ attributes: [Onnx_AttributeProto] = []
  ) -> Onnx_NodeProto {
    let node = Self.makeNode(
      operation, inputs, outputs, name: name, domain: domain, attributes)
    proto.graph.node.append(node)
    return node
  }

  static func makeNode(
    _ operation: String, _ inputs: [String], _ outputs: [String], name: String = "",
    domain: String = "", _ attributes: [Onnx_AttributeProto] = []
  ) -> Onnx_NodeProto {
    Onnx_NodeProto.with {
      $0.opType = operation
      $0.input = inputs
      $0.output = outputs
      $0.name = name
      $0.domain = domain
      $0.attribute = attributes
    }
  }

  /// A model of one node `op(x, more...) -> y` on a Float32 input of shape `dims`.
  static func single(
    _ operation: String, opset: Int = 17, dims: [Int] = [1, 3, 8, 8],
    weights: [Onnx_TensorProto] = [], inputs: [String]? = nil,
    _ attributes: [Onnx_AttributeProto] = []
  ) -> ONNXModelBuilder {
    var builder = ONNXModelBuilder(opset: opset)
    builder.input("x", dims)
    for tensor in weights { builder.weights(tensor) }
    builder.node(
      operation, inputs ?? (["x"] + weights.map(\.name)), ["y"], name: "n", attributes)
    builder.output("y")
    return builder
  }

  /// The model as a file.
  func bytes() throws -> [UInt8] { try proto.serializedBytes() }

  func read(limits: ModelReadingLimits = ModelReadingLimits()) throws -> Model {
    try ONNXReader.read(proto, modelPath: nil, limits: limits)
  }
}

extension Onnx_AttributeProto {
  static func int(_ name: String, _ value: Int) -> Self {
    with {
      $0.name = name
      $0.i = Int64(value)
      $0.type = .int
    }
  }

  static func ints(_ name: String, _ values: [Int]) -> Self {
    with {
      $0.name = name
      $0.ints = values.map(Int64.init)
      $0.type = .ints
    }
  }

  static func float(_ name: String, _ value: Float) -> Self {
    with {
      $0.name = name
      $0.f = value
      $0.type = .float
    }
  }

  static func floats(_ name: String, _ values: [Float]) -> Self {
    with {
      $0.name = name
      $0.floats = values
      $0.type = .floats
    }
  }

  static func string(_ name: String, _ value: String) -> Self {
    with {
      $0.name = name
      $0.s = Data(value.utf8)
      $0.type = .string
    }
  }

  static func tensor(_ name: String, _ value: Onnx_TensorProto) -> Self {
    with {
      $0.name = name
      $0.t = value
      $0.type = .tensor
    }
  }
}
