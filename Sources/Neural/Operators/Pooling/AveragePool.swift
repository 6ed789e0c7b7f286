/// The mean of each window.
///
/// Input: x `[N, C, spatial...]`, Float32. Output: `[N, C, spatial...]` with the sizes of
/// `SpatialWindow`. The divisor is the number of taps inside the input, or with `countIncludePad`
/// inside the padded input. Pads must be smaller than the window.
package struct AveragePool: Operator, Hashable {
  package var kernel: [Int]
  package var strides: [Int]
  package var dilations: [Int]
  package var padsBegin: [Int]
  package var padsEnd: [Int]
  package var ceilMode: Bool
  package var countIncludePad: Bool
  package var autoPad: AutoPad

  /// Arrays have one entry per spatial axis.
  package init(
    kernel: [Int], strides: [Int], dilations: [Int], padsBegin: [Int], padsEnd: [Int],
    ceilMode: Bool = false, countIncludePad: Bool = false, autoPad: AutoPad = .notSet
  ) {
    self.kernel = kernel
    self.strides = strides
    self.dilations = dilations
    self.padsBegin = padsBegin
    self.padsEnd = padsEnd
    self.ceilMode = ceilMode
    self.countIncludePad = countIncludePad
    self.autoPad = autoPad
  }

  package var name: String { "AveragePool" }

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
    let x = try OperatorInputs(inputs, count: 1...1).floatType(0, "x")
    try window.validatePooling(spatialAxes: x.shape.count - 2)
    let size = try window.outputSize(Array(x.shape.dropFirst(2)))
    return [try .output(.float32, x.shape.prefix(2) + size)]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    let x = try required(inputs, 0)
    let loop = PoolingLoop(window, inputShape: x.shape, outputShape: type.shape)
    let planes = type.shape[0] * type.shape[1]
    let outputCount = type.shape.dropFirst(2).reduce(1, *)
    let result = try Tensor(.float32, shape: type.shape, as: Float.self) { output in
      x.withElements(Float.self) { x in
        loop.forEachWindow { position, taps, paddedTaps in
          let divisor = max(countIncludePad ? paddedTaps : Double(taps.count), 1)
          for plane in 0..<planes {
            var sum = 0.0
            for tap in taps { sum += Double(x[plane * loop.inputCount + tap]) }
            output[plane * outputCount + position] = Float(sum / divisor)
          }
        }
      }
    }
    return [result]
  }
}
