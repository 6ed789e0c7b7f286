internal import Neural

extension OperatorTable {
  static let shape: [String: OperatorImport] = [
    "Shape": OperatorImport(1...1) { node in
      node.define(
        ShapeOf(
          start: try node.integer("start", default: 0), end: try node.attributes.integer("end")))
    },
    "Size": .plain(1...1, SizeOf()),
    "Reshape": OperatorImport(1...2) { node in
      if node.version < 5 { node.attributes.ignore("consumed_inputs") }
      guard let shape = try node.parameter("shape", input: 1, inputSince: 5) else {
        throw AttributeError("the shape is missing")
      }
      node.define(
        Reshape(allowZero: try node.flag("allowzero")), [try node.input(0), shape])
    },
    "Flatten": OperatorImport(1...1) { node in
      node.define(Flatten(axis: try node.integer("axis", default: 1)))
    },
    "Squeeze": OperatorImport(1...2) { node in
      let axes = try node.parameter("axes", input: 1, inputSince: 13)
      node.define(Squeeze(), [try node.input(0), axes])
    },
    "Unsqueeze": OperatorImport(1...2) { node in
      guard let axes = try node.parameter("axes", input: 1, inputSince: 13) else {
        throw AttributeError("axes are missing")
      }
      node.define(Unsqueeze(), [try node.input(0), axes])
    },
    "Expand": .plain(2...2, Expand()),
    "Range": .plain(3...3, Range()),
    "ConstantOfShape": OperatorImport(1...1) { node in
      var value = try Tensor([0] as [Float], shape: [1])
      if let proto = try node.attributes.tensor("value") {
        value = try node.importer.tensors.tensor(proto, name: node.name)
        guard value.count == 1 else {
          throw AttributeError("attribute value has \(value.count) elements, expected 1")
        }
      }
      node.define(ConstantOfShape(value: value))
    },
    "EyeLike": OperatorImport(1...1) { node in
      var type: ElementType?
      if let code = try node.attributes.integer("dtype") {
        guard let known = ONNXElementType.elementType(code) else {
          throw UnsupportedUse("elements of type \(ONNXElementType.name(code))")
        }
        type = known.promoted
      }
      node.define(EyeLike(diagonal: try node.integer("k", default: 0), elementType: type))
    },
    "OneHot": OperatorImport(3...3) { node in
      node.define(OneHot(axis: try node.integer("axis", default: -1)))
    },
  ]

  static let constants: [String: OperatorImport] = [
    "Constant": OperatorImport(0...0) { node in
      var tensors: [Tensor] = []
      if let proto = try node.attributes.tensor("value") {
        tensors.append(try node.importer.tensors.weights(proto, name: node.name))
      }
      if let number = try node.attributes.float("value_float") {
        tensors.append(try Tensor([number], shape: []))
      }
      if let numbers = try node.attributes.floats("value_floats") {
        tensors.append(try Tensor(numbers, shape: [numbers.count]))
      }
      if let number = try node.attributes.integer("value_int") {
        tensors.append(try Tensor([number], shape: []))
      }
      if let numbers = try node.attributes.integers("value_ints") {
        tensors.append(try Tensor(vector: numbers))
      }
      for name in ["value_string", "value_strings", "sparse_value"] where node.attributes.has(name)
      {
        throw UnsupportedUse("a constant of kind \(name)")
      }
      guard let tensor = tensors.first, tensors.count == 1 else {
        throw AttributeError("\(tensors.count) values are given, expected 1")
      }
      try node.define(constant: tensor)
    }
  ]
}
