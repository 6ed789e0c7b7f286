/// The adjoint of a convolution.
package struct ConvolutionTranspose: Operator, Hashable {
  package var strides: [Int]
  package var dilations: [Int]
  package var padsBegin: [Int]
  package var padsEnd: [Int]
  package var outputPadding: [Int]
  package var groups: Int
  package var autoPad: AutoPad
  package var outputShape: [Int]?

  package init(
    strides: [Int], dilations: [Int], padsBegin: [Int], padsEnd: [Int], outputPadding: [Int],
    groups: Int = 1, autoPad: AutoPad = .notSet, outputShape: [Int]? = nil
  ) {
    self.strides = strides
    self.dilations = dilations
    self.padsBegin = padsBegin
    self.padsEnd = padsEnd
    self.outputPadding = outputPadding
    self.groups = groups
    self.autoPad = autoPad
    self.outputShape = outputShape
  }

  package var name: String { "ConvTranspose" }

  package func inferTypes(_ inputs: [OperatorInput?]) throws -> [TensorType] {
    throw OperatorError.unsupported(name)
  }

  package func evaluate(_ inputs: [Tensor?]) throws -> [Tensor] {
    throw OperatorError.unsupported(name)
  }
}
