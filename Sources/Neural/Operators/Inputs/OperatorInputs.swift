/// An operator's inputs during shape inference, with the checks that every operator makes.
struct OperatorInputs {
  private let inputs: [OperatorInput?]

  /// More axes than any network has; bounds the work per axis for shapes from files.
  static let maximumRank = 32

  /// Checks the number of inputs (absent ones at the end count as not given) and their ranks.
  init(_ inputs: [OperatorInput?], count: ClosedRange<Int>) throws {
    var given = inputs
    while let last = given.last, last == nil { given.removeLast() }
    guard count.contains(given.count) else {
      throw OperatorError.invalidInput(
        "\(given.count) inputs, needs \(count.lowerBound) to \(count.upperBound)")
    }
    for case let input? in given { try Self.requireModest(input.type.shape) }
    self.inputs = given
  }

  /// Refuses shapes of too many axes, and empty ones whose other sizes multiply beyond reason, so
  /// that partial products of sizes need no further checks.
  static func requireModest(_ shape: [Int]) throws {
    guard shape.count <= maximumRank else {
      throw OperatorError.unsupported("\(shape.count) axes, at most \(maximumRank)")
    }
    guard shape.allSatisfy({ $0 >= 0 }),
      Checked.saturatingProduct(shape.map { max($0, 1) }) <= Tensor.defaultByteLimit
    else {
      throw OperatorError.invalidInput("shape \(shape) is not one that a tensor can have")
    }
  }

  var count: Int { inputs.count }

  /// The type of an input that may be absent.
  func optionalType(_ index: Int) -> TensorType? {
    index < inputs.count ? inputs[index]?.type : nil
  }

  /// The type of an input that must be given; `label` names it in the message.
  func type(_ index: Int, _ label: String) throws -> TensorType {
    guard let type = optionalType(index) else {
      throw OperatorError.invalidInput("input \(label) is missing")
    }
    return type
  }

  /// As `type`, refusing all element types but Float32.
  func floatType(_ index: Int, _ label: String) throws -> TensorType {
    let type = try type(index, label)
    try type.requireFloat(label)
    return type
  }

  /// The value of an input that must not depend on the network's input.
  func constant(_ index: Int, _ label: String) throws -> Tensor {
    guard index < inputs.count, let input = inputs[index] else {
      throw OperatorError.invalidInput("input \(label) is missing")
    }
    guard let constant = input.constant else {
      throw OperatorError.dependsOnData(label)
    }
    return constant
  }

  /// The elements of a constant integer input of at most one axis.
  func integers(_ index: Int, _ label: String) throws -> [Int] {
    let tensor = try constant(index, label)
    guard tensor.shape.count <= 1 else {
      throw OperatorError.invalidInput("\(label) has \(tensor.shape.count) axes, needs 1")
    }
    do {
      return try tensor.integers()
    } catch {
      throw OperatorError.invalidInput("\(label) are \(tensor.elementType), needs integers")
    }
  }

  /// As `integers`; `nil` when the input is absent.
  func optionalIntegers(_ index: Int, _ label: String) throws -> [Int]? {
    guard optionalType(index) != nil else { return nil }
    return try integers(index, label)
  }

  /// The single element of a constant integer input.
  func integer(_ index: Int, _ label: String) throws -> Int {
    let values = try integers(index, label)
    guard let value = values.first, values.count == 1 else {
      throw OperatorError.invalidInput("\(label) has \(values.count) elements, needs 1")
    }
    return value
  }
}

extension TensorType {
  /// Refuses all element types but Float32.
  func requireFloat(_ label: String) throws {
    guard elementType == .float32 else {
      throw OperatorError.unsupported("\(label) of \(elementType), needs float32")
    }
  }

  /// Refuses all element types but Int32 and Int64.
  func requireIndices(_ label: String) throws {
    guard elementType == .int64 || elementType == .int32 else {
      throw OperatorError.invalidInput("\(label) are \(elementType), needs int64 or int32")
    }
  }

  /// Refuses another shape.
  func requireShape(_ allowed: [Int], _ label: String) throws {
    guard shape == allowed else {
      throw OperatorError.invalidInput("\(label) has shape \(shape), needs \(allowed)")
    }
  }

  /// Refuses another element type.
  func requireSameType(as other: TensorType, _ label: String) throws {
    guard elementType == other.elementType else {
      throw OperatorError.invalidInput(
        "\(label) is \(elementType), the other operand \(other.elementType)")
    }
  }

  /// An output's type once its size is known to be one that can be held.
  ///
  /// - Throws: `OperatorError.invalidInput` for negative, overflowing or oversized shapes.
  static func output(_ elementType: ElementType, _ shape: [Int]) throws -> TensorType {
    try OperatorInputs.requireModest(shape)
    do {
      _ = try Tensor.checkedCount(shape, elementType: elementType)
    } catch {
      throw OperatorError.invalidInput("output: \(error)")
    }
    return TensorType(elementType, shape)
  }
}

extension Operator {
  /// The output types for given values: evaluation's shapes come from shape inference alone.
  func outputTypes(of inputs: [Tensor?]) throws -> [TensorType] {
    try inferTypes(
      inputs.map { tensor in
        tensor.map {
          OperatorInput(type: TensorType($0.elementType, $0.shape), constant: $0)
        }
      })
  }

  /// An input of an evaluation that must be given.
  func required(_ inputs: [Tensor?], _ index: Int) throws -> Tensor {
    guard index < inputs.count, let tensor = inputs[index] else {
      throw OperatorError.invalidInput("input \(index) is missing")
    }
    return tensor
  }

  /// An input of an evaluation that may be absent.
  func optional(_ inputs: [Tensor?], _ index: Int) -> Tensor? {
    index < inputs.count ? inputs[index] : nil
  }
}
