/// Finds in a graph which integers stand for which numbers, and the nodes between them.
struct QuantizedValues {
  typealias ValueID = Graph.ValueID

  /// What the integers of a value stand for: `(x - zero) * scale`, x unsigned.
  struct Meaning: Hashable {
    var scale: Float
    var zero: UInt8
    var isSigned: Bool

    /// The number that each integer 0...255 stands for.
    var numbers: [Float] { (0..<256).map { Float($0 - Int(zero)) * scale } }

    /// The integer of a number.
    func integer(_ number: Float) -> UInt8 {
      let steps = number / scale
      if steps.isNaN { return zero }
      let rounded = Double(steps).rounded(.toNearestOrEven) + Double(zero)
      return UInt8(min(max(rounded, 0), 255))
    }
  }

  let graph: ShapedGraph
  let makers: [ValueID: Int]

  init(_ graph: ShapedGraph) {
    self.graph = graph
    makers = graph.makers()
  }

  func maker(_ value: ValueID?) -> Graph.Node? {
    value.flatMap { makers[$0] }.map { graph.graph.nodes[$0] }
  }

  func constant(_ value: ValueID?) -> Tensor? { value.flatMap { graph.graph.constants[$0] } }

  func input(_ node: Graph.Node, _ index: Int) -> ValueID? {
    node.inputs.indices.contains(index) ? node.inputs[index] : nil
  }

  /// What integers of an 8-bit type stand for with one scale and zero point for all.
  func meaning(scale: ValueID?, zero: ValueID?, type: ElementType) -> Meaning? {
    guard let scales = constant(scale), scales.count == 1, type == .int8 || type == .uint8 else {
      return nil
    }
    let isSigned = type == .int8
    var point = 0
    if zero != nil {
      guard let constant = constant(zero), constant.count == 1, let value = try? constant.integers()
      else { return nil }
      point = value[0]
    }
    let factor = scales.floats()[0]
    guard factor > 0, factor.isFinite, let unsigned = UInt8(exactly: point + (isSigned ? 128 : 0))
    else { return nil }
    return Meaning(scale: factor, zero: unsigned, isSigned: isSigned)
  }

  /// What the integers that a node writes stand for.
  ///
  /// - Parameter meanings: Of values found so far; some operators keep their input's.
  func written(by node: Graph.Node, _ meanings: [ValueID: Meaning]) -> Meaning? {
    let type = graph.type(of: node.outputs[0]).elementType
    if let operation = node.operation as? QuantizedConvolution, operation.requantizes {
      return meaning(scale: input(node, 6), zero: input(node, 7), type: type)
    }
    if node.operation is MaxPool || node.operation is Resize, let source = node.inputs[0] {
      return meanings[source]
    }
    guard let operation = node.operation as? QuantizeLinear, operation.blockSize == 0 else {
      return nil
    }
    return meaning(
      scale: input(node, 1), zero: input(node, 2),
      type: graph.type(of: node.outputs[0]).elementType)
  }

  /// The integers that a number comes from, where a `DequantizeLinear` makes it.
  func read(_ value: ValueID?) -> (value: ValueID, meaning: Meaning)? {
    guard let node = maker(value), let operation = node.operation as? DequantizeLinear,
      operation.blockSize == 0, let source = node.inputs[0], constant(source) == nil,
      let meaning = meaning(
        scale: input(node, 1), zero: input(node, 2), type: graph.type(of: source).elementType)
    else { return nil }
    return (source, meaning)
  }

  /// Weights that a `DequantizeLinear` of a constant gives, `[M, ...]`: integers less their zero
  /// point, and a scale for each of the M.
  func weights(_ value: ValueID?) -> (integers: [Int8], scales: [Float])? {
    guard let node = maker(value), let operation = node.operation as? DequantizeLinear,
      operation.blockSize == 0, let tensor = constant(node.inputs[0]),
      [.int8, .uint8].contains(tensor.elementType), let scale = constant(input(node, 1)),
      let count = tensor.shape.first,
      scale.count == 1 || (scale.count == count && operation.axis == 0)
    else { return nil }
    return weights(tensor, scale: scale.floats(), zero: constant(input(node, 2)))
  }

  func weights(
    _ tensor: Tensor, scale: [Float], zero: Tensor?
  ) -> (integers: [Int8], scales: [Float])? {
    guard let count = tensor.shape.first, count > 0, let values = try? tensor.integers(),
      let zeros = try? zero?.integers() ?? [0], zeros.count == 1 || zeros.count == count,
      scale.count == 1 || scale.count == count, scale.allSatisfy({ $0 > 0 && $0.isFinite })
    else { return nil }
    let each = values.count / count
    var integers: [Int8] = []
    integers.reserveCapacity(values.count)
    for (index, value) in values.enumerated() {
      guard let small = Int8(exactly: value - zeros[zeros.count == 1 ? 0 : index / each]) else {
        return nil
      }
      integers.append(small)
    }
    return (integers, (0..<count).map { scale[scale.count == 1 ? 0 : $0] })
  }

  /// A bias in steps of `steps[channel]`: a dequantised Int32 constant, or a constant of numbers.
  func bias(_ value: ValueID?, steps: [Double]) -> [Int32]? {
    guard let value else { return [Int32](repeating: 0, count: steps.count) }
    var numbers: [Double]
    if let constant = constant(value) {
      numbers = constant.floats().map(Double.init)
    } else if let node = maker(value), node.operation is DequantizeLinear,
      let tensor = constant(node.inputs[0]), let scale = constant(input(node, 1))?.floats(),
      let integers = try? tensor.integers(), scale.count == 1 || scale.count == integers.count
    {
      let zeros = (try? constant(input(node, 2))?.integers()) ?? [0]
      numbers = integers.indices.map {
        Double(integers[$0] - zeros[zeros.count == 1 ? 0 : $0])
          * Double(scale[scale.count == 1 ? 0 : $0])
      }
    } else {
      return nil
    }
    guard numbers.count == steps.count else { return nil }
    return zip(numbers, steps).map { number, step in
      Int32(max(min((number / step).rounded(.toNearestOrEven), 1e9), -1e9))
    }
  }
}
