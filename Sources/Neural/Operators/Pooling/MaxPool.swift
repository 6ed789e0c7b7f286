/// The largest element of each window; padding never wins.
///
/// Input: x `[N, C, spatial...]`, any numeric type. Output: its type, `[N, C, spatial...]` with the
/// sizes of `SpatialWindow`. NaN in a window wins. Pads must be smaller than the window. The
/// indices that ONNX offers as a second output are not computed.
package struct MaxPool: Operator, Hashable {
  package var kernel: [Int]
  package var strides: [Int]
  package var dilations: [Int]
  package var padsBegin: [Int]
  package var padsEnd: [Int]
  package var ceilMode: Bool
  package var autoPad: AutoPad

  /// Arrays have one entry per spatial axis.
  package init(
    kernel: [Int], strides: [Int], dilations: [Int], padsBegin: [Int], padsEnd: [Int],
    ceilMode: Bool = false, autoPad: AutoPad = .notSet
  ) {
    self.kernel = kernel
    self.strides = strides
    self.dilations = dilations
    self.padsBegin = padsBegin
    self.padsEnd = padsEnd
    self.ceilMode = ceilMode
    self.autoPad = autoPad
  }

  package var name: String { "MaxPool" }

  private var window: SpatialWindow {
    SpatialWindow(
      kernel: kernel, strides: strides, dilations: dilations, padsBegin: padsBegin,
      padsEnd: padsEnd, autoPad: autoPad, ceilMode: ceilMode)
  }

  /// The padding per spatial axis with `autoPad` resolved, for x of shape `[N, C, spatial...]`.
  ///
  /// - Throws: `OperatorError` for attributes that do not fit the shape.
  package func padding(inputShape: [Int]) throws -> (begin: [Int], end: [Int]) {
    try window.validatePooling(spatialAxes: inputShape.count - 2)
    return window.padding(Array(inputShape.dropFirst(2)))
  }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let x = try OperatorInputs(inputs, count: 1...1).type(0, "x")
    try x.elementType.requireArithmetic("x")
    try window.validatePooling(spatialAxes: x.shape.count - 2)
    let size = try window.outputSize(Array(x.shape.dropFirst(2)))
    return [try .output(x.elementType, x.shape.prefix(2) + size)]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    let x = try required(inputs, 0)
    if type.elementType == .float32 { return [try pool(Float.self, x, type)] }
    return [try pool(try type.elementType.arithmetic(), x, type)]
  }

  private func pool<T: ArithmeticElement>(
    _: T.Type, _ x: Tensor, _ type: TensorType
  ) throws -> Tensor {
    let loop = PoolingLoop(window, inputShape: x.shape, outputShape: type.shape)
    let planes = type.shape[0] * type.shape[1]
    let outputCount = type.shape.dropFirst(2).reduce(1, *)
    return try Tensor(type.elementType, shape: type.shape, as: T.self) { output in
      x.withElements(T.self) { x in
        loop.forEachWindow { position, taps, _ in
          for plane in 0..<planes {
            var best = T.lowest
            for tap in taps { best = best.maximum(x[plane * loop.inputCount + tap]) }
            output[plane * outputCount + position] = best
          }
        }
      }
    }
  }
}
