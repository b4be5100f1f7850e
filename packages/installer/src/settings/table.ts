export { flagOf, SETTINGS as ANSWERS, type Setting as AnswerSpec, variableOf } from '@edgelift/bundle'
