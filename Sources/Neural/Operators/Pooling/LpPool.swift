/// The Lp norm of each window: `(sum |x|^p)^(1/p)`.
///
/// Input: x `[N, C, spatial...]`, Float32. Output: `[N, C, spatial...]` with the sizes of
/// `SpatialWindow`. Pads must be smaller than the window.
package struct LpPool: Operator, Hashable {
  package var p: Int
  package var kernel: [Int]
  package var strides: [Int]
  package var dilations: [Int]
  package var padsBegin: [Int]
  package var padsEnd: [Int]
  package var ceilMode: Bool
  package var autoPad: AutoPad

  /// Arrays have one entry per spatial axis.
  package init(
    p: Int, kernel: [Int], strides: [Int], dilations: [Int], padsBegin: [Int], padsEnd: [Int],
    ceilMode: Bool = false, autoPad: AutoPad = .notSet
  ) {
    self.p = p
    self.kernel = kernel
    self.strides = strides
    self.dilations = dilations
    self.padsBegin = padsBegin
    self.padsEnd = padsEnd
    self.ceilMode = ceilMode
    self.autoPad = autoPad
  }

  package var name: String { "LpPool" }

  private var window: SpatialWindow {
    SpatialWindow(
      kernel: kernel, strides: strides, dilations: dilations, padsBegin: padsBegin,
      padsEnd: padsEnd, autoPad: autoPad, ceilMode: ceilMode)
  }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    let x = try OperatorInputs(inputs, count: 1...1).floatType(0, "x")
    guard p >= 1 else { throw OperatorError.invalidAttribute("p", "\(p), needs 1 or more") }
    try window.validatePooling(spatialAxes: x.shape.count - 2)
    let size = try window.outputSize(Array(x.shape.dropFirst(2)))
    return [try .output(.float32, x.shape.prefix(2) + size)]
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    let type = try outputTypes(of: inputs)[0]
    let x = try required(inputs, 0)
    let loop = PoolingLoop(window, inputShape: x.shape, outputShape: type.shape)
    let outputCount = type.shape.dropFirst(2).reduce(1, *)
    let result = try Tensor(.float32, shape: type.shape, as: Float.self) { output in
      x.withElements(Float.self) { x in
        loop.forEachWindow { position, taps, _ in
          for plane in 0..<type.shape[0] * type.shape[1] {
            var sum = 0.0
            for tap in taps {
              let value = abs(Double(x[plane * loop.inputCount + tap]))
              sum +=
                p == 1
                ? value
                : p == 2
                  ? value * value
                  : ElementaryFunctions.power(value, Double(p))
            }
            let norm =
              p == 1
              ? sum
              : p == 2
                ? sum.squareRoot()
                : ElementaryFunctions.power(sum, 1 / Double(p))
            output[plane * outputCount + position] = Float(norm)
          }
        }
      }
    }
    return [result]
  }
}
